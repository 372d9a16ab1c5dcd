// Every case of the suite, in the order in which they run. What a click would
// allow comes first, for tools that look into nested frames make them seem
// clicked; what costs the frame its session comes last.
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
  ...person,
  ...channel,
  ...host,
  ...frames,
  ...network,
  ...marks,
  ...storage,
  ...clicks,
  ...calls,
  ...lies,
  ...draw,
  ...leave,
];
