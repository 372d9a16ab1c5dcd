import type { Case } from '../case';
import { apart } from './apart';
import { client } from './client';
import { database } from './database';
import { end } from './end';
import { files } from './files';
import { log } from './log';
import { mail } from './mail';
import { notifications } from './notifications';
import { passwords } from './passwords';
import { permissions } from './permissions';
import { remoteStorage } from './remote-storage';
import { requests } from './requests';
import { shell } from './shell';
import { spaces } from './spaces';
import { storage } from './storage';
import { web } from './web';

/** In the order in which they run: a later one may build on what an earlier one left. */
export const cases: Case[] = [
  ...client,
  ...database,
  ...storage,
  ...permissions,
  ...web,
  ...files,
  ...shell,
  ...passwords,
  ...mail,
  ...remoteStorage,
  ...spaces,
  ...notifications,
  ...requests,
  ...log,
  ...apart,
  ...end,
];
