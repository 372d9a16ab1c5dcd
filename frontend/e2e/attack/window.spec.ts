// A hostile app in the real window: everything it tries is dead, nothing leaves
// the machine, and the same attack without the defence is noticed.
import { existsSync } from 'node:fs';
import { expect, test } from '../window/fixtures';
import { type AppWindow, testBinary } from '../window/harness';
import { startNetwork } from './network';
import { besiege, lay, unharmed, wholeAttack } from './siege';
import { ids, judge, keep, long, openOnes, silent, untried } from './verdict';

const version = (w: AppWindow) => w.evaluate<string>('return navigator.userAgent');

/** Cases that would end the control run: they work, and the page is gone or waits for a person. */
const ending = [
  ...['frames.form-host', 'frames.alert', 'frames.print', 'person.file', 'click.file', 'click.scheme'],
  ...ids.filter((id) => /^(leave|click)\.(top|parent|history|fullscreen|pointer)/.test(id)),
];

test('every case is dead in the window', async ({ home, start }) => {
  test.setTimeout(1.5 * wholeAttack);
  const network = await startNetwork(home.dir, ids);
  await lay(home, network);
  const w = await start({ binary: await network.wrap(testBinary), env: network.env });
  const { results, shown } = await besiege(w, home);
  const seen = await network.seen();
  const verdicts = judge(results, seen, shown);
  await keep('window', await version(w), network.way, verdicts);
  expect(silent(results)).toEqual([]);
  expect(untried(results)).toEqual([]);
  expect(openOnes(verdicts)).toEqual([]);
  expect(await unharmed(w)).toEqual([]);
  expect(results.map((r) => r.id).filter((id) => !id.startsWith('control.'))).toEqual(ids);
  expect(seen).toEqual([]);
  expect(existsSync('/tmp/hostile.db')).toBe(false);
  await network.stop();
});

test('the same attack without the defence is noticed', async ({ home, start }) => {
  test.skip(!long, 'it proves the suite, not the product, in minutes: make test-full runs it');
  test.setTimeout(1.5 * wholeAttack);
  const network = await startNetwork(home.dir, ids);
  await lay(home, network, { skip: ending, routes: ['/_host/api/app.state', '/_host/beat'] });
  const w = await start({
    binary: await network.wrap(testBinary),
    env: { ...network.env, ALCOVE_TEST_SKIP: 'channel,features,proxy,policy,csp,host,token' },
  });
  const { results, shown } = await besiege(w, home, { painted: true });
  const seen = await network.seen();
  const verdicts = judge(results, seen, shown);
  await keep('window-control', await version(w), network.way, verdicts);
  // Whatever Chromium's control does not show has to be seen here.
  expect(openOnes(verdicts).length).toBeGreaterThan(100);
  for (const id of [
    'channel.self',
    'channel.srcdoc',
    'channel.window',
    'mark.preconnect',
    'click.clipboard-write',
  ]) {
    expect(verdicts.get(id)?.open, id).toBe(true);
  }
  await network.stop();
});
