// What holds before any app is asked: the host page has no channel and stays on
// top, and where a layer is missing no app starts. What apps try is in ../attack.
import { enough } from '../lib/patience';
import { expect, test } from './fixtures';
import { until } from './harness';
import { hostilePackage, prepareVault, unlock } from './product';

test('the host page itself has no channel, and stays the only page on top', async ({ start }) => {
  const w = await start();
  const look = () =>
    w.evaluate<Record<string, string>>(`return {
    webkit: typeof window.webkit, wails: typeof window.wails, runtime: typeof window.runtime, invoke: typeof window.WailsInvoke,
    webSocket: typeof WebSocket, rtc: typeof RTCPeerConnection, address: location.href, top: String(window === top),
    scripts: [...document.scripts].map((s) => new URL(s.src).pathname).filter((p) => p.startsWith('/wails')).join(),
  }`);
  const closed = {
    webkit: 'undefined',
    wails: 'undefined',
    runtime: 'undefined',
    invoke: 'undefined',
    webSocket: 'undefined',
    rtc: 'undefined',
    address: 'wails://wails/',
    top: 'true',
    scripts: '',
  };
  expect(await look()).toEqual(closed);
  for (const away of [
    'wails://wails/_ext/x/start.html',
    'wails://wails/?x',
    'https://example.invalid/',
    'about:blank',
    'data:text/html,x',
    'file:///etc/passwd',
  ]) {
    await w.evaluate(`setTimeout(() => { location.href = ${JSON.stringify(away)} }, 0)`);
    await new Promise((r) => setTimeout(r, 250));
    await until(`the host page after ${away}`, () =>
      w.evaluate('return location.href === "wails://wails/" && document.readyState === "complete"'),
    );
  }
  await w.evaluate('setTimeout(() => location.reload(), 0)');
  await until(
    'the reload',
    async () => (await w.evaluate<number>('return performance.navigation.type')) === 1,
  );
  expect(await look()).toEqual(closed);
});

test('with the channel left open the test above would fail', async ({ start }) => {
  const w = await start({ env: { ALCOVE_TEST_SKIP: 'channel,features' } });
  expect(
    await w.evaluate('return [typeof window.webkit?.messageHandlers?.external, typeof WebSocket]'),
  ).toEqual(['object', 'function']);
});

test('where a layer cannot be applied no app starts, and the person is told why', async ({ home, start }) => {
  await prepareVault(home, [await hostilePackage(home, { attack: false })]);
  const w = await start({ env: { ALCOVE_TEST_SKIP: 'unknown' } });
  expect(w.log).toContain('does not know how to switch off NoSuchFeature');
  await until('the message', async () => {
    const out = await w.desktop.tool(
      'xdotool',
      'search',
      '--onlyvisible',
      '--pid',
      String(w.pid),
      '--name',
      '^Alcove$',
    );
    return out.trim().split('\n').length === 2;
  });
  await w.screenshot('not-hardened');
  await w.key('Return');
  await w.locate();
  await unlock(w);
  await w.click('.AppTile', 'Hostile');
  await w.see('[role="alertdialog"]', 'Hostile didn’t start', enough);
});
