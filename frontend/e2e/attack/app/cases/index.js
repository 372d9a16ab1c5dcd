// Every case of the suite, in the order in which they run: those that cost the
// frame its session come after those that do not, where the kind allows it.
import { channel } from './channel.js';
import { clicks } from './clicks.js';
import { draw } from './draw.js';
import { frames } from './frames.js';
import { host } from './host.js';
import { leave } from './leave.js';
import { network } from './network.js';
import { marks } from './marks.js';
import { person } from './person.js';
import { storage } from './storage.js';
import { calls } from './calls.js';
import { lies } from './lies.js';

/** [id, what it tries, async (ctx) => outcome] */
export const cases = [
  ...channel,
  ...host,
  ...frames,
  ...network,
  ...marks,
  ...storage,
  ...person,
  ...clicks,
  ...calls,
  ...lies,
  ...draw,
  ...leave,
];
