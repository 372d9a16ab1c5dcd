// What Alcove puts in front of every page of a published haex extension, before
// any script of its own: such a page was made for a frame that may do more. It
// runs within the frame's sandbox and policy and has no rights of its own;
// whatever leaves the frame goes through the app's port, as the app's call.
import { standForDialogs } from './dialogs';
import { standForDownloads } from './downloads';
import { standForNetwork } from './network';
import { findPort } from './port';
import { standForRoutes } from './routes';
import { standForWorkers } from './workers';

findPort();
standForRoutes();
standForNetwork();
standForWorkers();
standForDialogs();
standForDownloads();
