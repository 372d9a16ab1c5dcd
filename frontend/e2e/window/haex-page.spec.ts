// A page of a published haex extension in the real window: what its frame may
// not do by itself is done for it in this engine too.
import { blocked } from '../lib/blocked';
import { HaexPublisher } from '../lib/haex-apps';
import { test } from './fixtures';
import { until } from './harness';
import { openApp, prepareVault, unlock } from './product';

test('scripts, storage, routes, workers and questions of a page', async ({ home, start }) => {
  test.slow();
  const publisher = await HaexPublisher.make();
  try {
    const packages = [
      await publisher.build('plain', { values: { port: '9' } }),
      await publisher.build('vue'),
    ];
    await prepareVault(home, packages);
  } finally {
    await publisher.remove();
  }
  const w = await start();
  await unlock(w);
  await openApp(w, 'Plain page');
  const shows = (selector: string, text: RegExp) =>
    until(`${selector} to be ${String(text)}`, async () => text.test((await w.findInFrame(selector)).text));
  await shows('#state', /^ready /);
  for (const [step, text] of [
    ['scripts', /^inline inline$/],
    ['storage', /^\["green",null,".*colour=green"\]$/],
    ['history', /^#\/other$/],
    ['module', /^module 42$/],
    ['classic', /^classic 42 blob:$/],
    ['own', /^200$/],
    ['elsewhere', /^error Failed to fetch$/],
    ['undeclared', /^code 1002 /],
    ['other', /^1 loadstart 4 error loadend, 0,$/],
    ['file', /^200, true$/],
    ['sync', /Error$/],
    ['kept', /^tried$/],
    ['hidden', /^hidden$/],
  ] as const) {
    await w.clickInFrame(`#${step}`);
    await shows(`#${step}-out`, text);
  }
  await w.clickInFrame('#confirm');
  await shows('#confirm-out', /^kept$/);
  await w.key('Return'); // OK has the focus
  await shows('#confirm-out', /^deleted$/);

  await w.clickInFrame('#form');

  // The engine's own reports cannot be read here; a script of Alcove's hears of it.
  await w.click('.Sidebar button', 'Permissions');
  for (const words of blocked) await w.see('.ActivityList li', `Tried to ${words}`);
});
