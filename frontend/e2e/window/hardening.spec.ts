// From a hostile extension in the real window every channel is dead, nothing
// leaves the machine, and the detectors would have noticed.
import { existsSync } from 'node:fs';
import { expect, test } from './fixtures';
import { type AppWindow, until } from './harness';
import { hostilePackage, openApp, prepareVault, unlock } from './product';
import { Sinks } from './sinks';

interface Attack {
  outcomes: Map<string, string>;
  state: string;
}

async function attack(w: AppWindow, patience = 200_000): Promise<Attack> {
  await openApp(w, 'Hostile');
  let state = '';
  let ended = 0;
  await until(
    'the attack to end',
    async () => {
      if ((await w.find('[role="alertdialog"]')).found && ended < 20) {
        ended++;
        await w.click('[role="alertdialog"] button', 'Reload Hostile');
      }
      state = (await w.findInFrame('#state')).text ?? '';
      return state === 'done' || state.startsWith('not kept');
    },
    patience,
    500,
  );
  const text = (await w.seeInFrame('#results')).text;
  const outcomes = new Map(
    text
      .trim()
      .split('\n')
      .map((line): [string, string] => {
        const cut = line.indexOf(' ');
        return [line.slice(0, cut), line.slice(cut + 1)];
      }),
  );
  return { outcomes, state };
}

const open = (a: Attack) =>
  [...a.outcomes]
    .filter(([, outcome]) => outcome.startsWith('OPEN'))
    .map(([name, outcome]) => `${name} ${outcome}`);

async function owned(w: AppWindow): Promise<boolean> {
  const found = await w.desktop.tool('xdotool', 'search', '--name', 'OWNED BY A FRAME').catch(() => '');
  return found.trim() !== '';
}

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
  await w.see('[role="alertdialog"]', 'Hostile didn’t start', 20_000);
});

test('a hostile extension gets nowhere', async ({ home, start }) => {
  test.setTimeout(300_000);
  const sinks = await Sinks.start(home.dir);
  await prepareVault(home, [await hostilePackage(home, sinks.config)]);
  const w = await start({ env: sinks.env });
  await unlock(w);
  await w.evaluate('window.untouched = true');
  const a = await attack(w);
  await w.screenshot('hostile');
  expect(open(a)).toEqual([]);
  expect(a.state).toBe('done');
  expect(a.outcomes.size).toBeGreaterThan(170);
  expect(await owned(w)).toBe(false);
  expect(await w.evaluate('return [window.untouched === true, location.href]')).toEqual([
    true,
    'wails://wails/',
  ]);
  expect((await w.find('dialog[open]')).found, 'no review and no dialog').toBe(false);
  expect(existsSync('/tmp/hostile.db')).toBe(false);

  await w.clickInFrame('#leave');
  await new Promise((r) => setTimeout(r, 1500));
  expect(await w.evaluate('return [window.untouched === true, location.href]')).toEqual([
    true,
    'wails://wails/',
  ]);
  expect({ tcp: sinks.connections, named: sinks.tcp, udp: sinks.udp, names: await sinks.names() }).toEqual({
    tcp: 0,
    named: [],
    udp: [],
    names: [],
  });
  await sinks.stop();
});

test('the same attack without the defence is noticed', async ({ home, start }) => {
  test.setTimeout(300_000);
  const sinks = await Sinks.start(home.dir);
  await prepareVault(home, [await hostilePackage(home, sinks.config)]);
  const w = await start({ env: { ...sinks.env, ALCOVE_TEST_SKIP: 'channel,features,proxy,policy,csp' } });
  await unlock(w);
  const a = await attack(w);
  expect(a.outcomes.get('channel.self')).toMatch(/^OPEN/);
  expect(a.outcomes.get('channel.srcdoc')).toMatch(/^OPEN/);
  expect(a.outcomes.get('channel.window')).toMatch(/^OPEN/);
  expect(await owned(w)).toBe(true);
  const leaked = new Set(sinks.tcp.map((name) => name.replace(/\.(js|xsl)$/, '')));
  for (const name of [
    'net.fetch',
    'net.xhr',
    'net.event-source',
    'net.web-socket',
    'net.beacon',
    'net.ping',
    'net.blob-worker',
    'net.import',
    'net.font-face',
    'mark.image',
    'mark.srcset',
    'mark.audio',
    'mark.video',
    'mark.frame',
    'mark.object',
    'mark.embed',
    'mark.svg-image',
    'mark.style-url',
    'mark.style-import',
    'mark.stylesheet',
    'mark.preload',
    'mark.script',
  ]) {
    expect(leaked, name).toContain(name);
  }
  const names = await sinks.names();
  expect(names).toContain('preconnect.sink.invalid');
  expect(names).toContain('image.sink.invalid');
  await sinks.stop();
});
