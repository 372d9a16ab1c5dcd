import { describe, expect, it } from 'vitest';
import { AlcoveError, connect, SDK_VERSION } from '../src/index.ts';
import { CONTEXT, FakeHost, connected } from './fakehost.ts';

describe('handshake', () => {
  it('answers the first offer and gives the context', async () => {
    const { host, vault } = await connected();
    expect(host.control).toEqual([{ type: 'hello', sdk: SDK_VERSION }]);
    expect(vault.context).toEqual(CONTEXT);
    expect(Object.isFrozen(vault.context)).toBe(true);
  });

  it('ignores what is no offer and answers one offer only', async () => {
    const host = new FakeHost();
    const pending = connect({ scope: host.scope });
    for (const bad of [null, 'port', { alcove: 2, type: 'port' }, { alcove: 1 }, [1], 7]) {
      host.offer(bad);
    }
    host.post({ alcove: 1, type: 'port' }, []);
    expect(host.control).toEqual([]);
    host.offer();
    const first = host.port;
    host.offer();
    host.port = first;
    await host.heard('hello');
    first.postMessage({ type: 'welcome', context: CONTEXT });
    await pending;
    expect(host.control.filter((m) => m.type === 'hello')).toHaveLength(1);
  });

  it('takes an offer only from the embedding page', async () => {
    const host = new FakeHost();
    const parent = {};
    const scope = Object.assign(host.scope, { parent });
    const pending = connect({ scope, timeout: 50 });
    host.offer(); // its source is null
    await expect(pending).rejects.toMatchObject({ code: 'handshake.timeout' });
  });

  it('says so when nobody offers a port', async () => {
    const failure = connect({ scope: new EventTarget(), timeout: 20 });
    await expect(failure).rejects.toThrow(AlcoveError);
    await expect(failure).rejects.toMatchObject({ code: 'handshake.timeout' });
  });

  it.each([
    ['no context', undefined],
    ['a list', []],
    ['a foreign prefix', { ...CONTEXT, prefix: 'alcove_' }],
    ['a prefix that breaks out of the quotes', { ...CONTEXT, prefix: 'x"; DROP TABLE y; --__a__' }],
    ['a number for a title', { ...CONTEXT, title: 7 }],
  ])('refuses a welcome with %s', async (_name, context) => {
    const host = new FakeHost();
    const pending = connect({ scope: host.scope });
    host.offer();
    await host.heard('hello');
    host.port.postMessage({ type: 'welcome', context });
    await expect(pending).rejects.toMatchObject({ code: 'handshake.malformed' });
  });
});

describe('lifecycle', () => {
  it('is ready only after the activation handlers have finished', async () => {
    let finish: () => void = () => undefined;
    const { host, vault } = await connected();
    vault.onActivate(() => new Promise<void>((resolve) => (finish = resolve)));
    host.port.postMessage({ type: 'activate' });
    host.port.postMessage({ type: 'ping', n: 1 });
    await host.heard('pong');
    expect(host.control.some((m) => m.type === 'ready')).toBe(false);
    expect(host.requests).toEqual([]);
    finish();
    await host.heard('ready');
    await host.received(1);
    expect(host.requests[0]?.method).toBe('lifecycle.ready'); // so that the vault lets others ask it
  });

  it('sees a handler registered right after connect, even when activation follows at once', async () => {
    const host = new FakeHost();
    const seen: string[] = [];
    const pending = connect({ scope: host.scope }).then((vault) => {
      vault.onActivate(() => seen.push('activated'));
    });
    host.offer();
    await host.heard('hello');
    host.port.postMessage({ type: 'welcome', context: CONTEXT });
    host.port.postMessage({ type: 'activate' });
    await pending;
    await host.heard('ready');
    expect(seen).toEqual(['activated']);
  });

  it('runs a late activation handler at once', async () => {
    const { host, vault } = await connected();
    host.port.postMessage({ type: 'activate' });
    await host.heard('ready');
    let ran = false;
    vault.onActivate(() => (ran = true));
    expect(ran).toBe(true);
  });

  it('lets a save call through before it says done', async () => {
    const { host, vault } = await connected(() => ({ rowsAffected: 1n, lastInsertId: 9n }));
    vault.onDeactivate(async (event) => {
      expect(event.ms).toBe(300);
      await vault.db.execute('UPDATE t SET a = 1');
    });
    host.port.postMessage({ type: 'deactivate', ms: 300 });
    await host.heard('done');
    expect(host.requests.map((r) => r.method)).toEqual(['db.execute']);
  });

  it('says done in time when a handler does not finish, and after one that throws', async () => {
    const { host, vault } = await connected();
    let over = false;
    vault.onDeactivate(({ signal }) => {
      signal.addEventListener('abort', () => (over = true));
      return new Promise(() => undefined);
    });
    host.port.postMessage({ type: 'deactivate', ms: 30 });
    await host.heard('done');
    expect(over).toBe(true);
  });

  it('never gives a handler more than two seconds', async () => {
    const { host, vault } = await connected();
    let given = 0;
    vault.onDeactivate(({ ms }) => (given = ms));
    host.port.postMessage({ type: 'deactivate', ms: 60_000 });
    await host.heard('done');
    expect(given).toBe(2000);
  });

  it('follows the theme but never another identity', async () => {
    const { host, vault } = await connected();
    const themes: string[] = [];
    vault.onContext((context) => themes.push(context.theme));
    host.port.postMessage({ type: 'context', context: { ...CONTEXT, theme: 'light' } });
    host.port.postMessage({ type: 'context', context: { ...CONTEXT, id: 'other' } });
    host.port.postMessage({
      type: 'context',
      context: { ...CONTEXT, prefix: `${'cd'.repeat(32)}__x__` },
    });
    host.port.postMessage({ type: 'context', context: null });
    host.port.postMessage({ type: 'ping', n: 2 });
    await host.heard('pong');
    expect(themes).toEqual(['light']);
    expect(vault.context).toEqual({ ...CONTEXT, theme: 'light' });
  });
});
