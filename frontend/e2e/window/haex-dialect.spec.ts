// A published haex extension in the real window, whose engine fires load also
// for a move within a page.
import { join } from 'node:path';
import { haexApp } from '../lib/haex';
import { test } from './fixtures';
import { until } from './harness';
import { openApp, prepareVault, unlock } from './product';

test('an extension of haex-vault works in the window', async ({ home, start }) => {
  const app = await haexApp((name) => join(home.dir, name), { http: [{ target: 'example.com' }] });
  await prepareVault(home, [app]);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Haex Probe');
  const shows = (selector: string, text: RegExp) =>
    until(`${selector} to be ${String(text)}`, async () => text.test((await w.findInFrame(selector)).text));
  await shows('#state', /^ready (light|dark)$/);
  await w.clickInFrame('#work');
  await shows('#result', /^\[\["b"\]\] v 1002$/);
  await w.clickInFrame('#work');
  await shows('#result', /^\[\["b"\],\["b"\]\] v 1002$/);
});
