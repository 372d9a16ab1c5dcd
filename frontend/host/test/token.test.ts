import { describe, expect, it } from 'vitest';
import { HostClient } from '../src/lib/api/client';
import { pack } from '../src/lib/api/codec';
import { browserToken, inWindow, installHook, Token } from '../src/lib/api/token';

function place(hash: string, state: unknown = null) {
  const kept = { state, address: `/${hash}` };
  const history = {
    get state() {
      return kept.state;
    },
    replaceState(next: unknown, _title: string, address?: string | URL | null) {
      kept.state = next;
      kept.address = String(address);
    },
  };
  return { kept, history, location: { hash, pathname: '/' } };
}
const never: typeof fetch = () => Promise.reject(new Error('no request was expected'));

describe('token in a browser', () => {
  it('comes in the fragment and leaves the address bar', async () => {
    const { kept, history, location } = place('#token=abc_DEF-123');
    expect(await browserToken(location, history, never)).toBe('abc_DEF-123');
    expect(kept.address).toBe('/');
  });

  it('is exchanged on a reload, and the successor is kept for the next', async () => {
    const { kept, history, location } = place('', { alcove: 'old' });
    const asked: unknown[] = [];
    const token = await browserToken(location, history, async (path, init) => {
      asked.push([path, init?.method, (init?.headers as Record<string, string>)['X-Alcove-Token']]);
      return new Response(pack({ token: 'new' }));
    });
    expect(asked).toEqual([['/_host/token', 'POST', 'old']]);
    expect(token).toBe('new');
    expect(kept.state).toEqual({ alcove: 'new' });
    expect(kept.address).toBe('/');
  });

  it('is null without one, and when the old one is refused', async () => {
    expect(await browserToken(place('').location, place('').history, never)).toBeNull();
    const { history, location } = place('', { alcove: 'used' });
    expect(await browserToken(location, history, async () => new Response('', { status: 403 }))).toBeNull();
  });

  it('is taken from nothing but a well-formed fragment', async () => {
    for (const hash of ['#token=', '#token=a b', '#xtoken=abc', '#token=abc&x=1']) {
      const { history, location } = place(hash);
      expect(await browserToken(location, history, never)).toBeNull();
    }
  });
});

describe('token in the window', () => {
  it('is pushed by Go, before or after the page was ready', async () => {
    const early = new Token();
    const target = { __alcoveToken: 'first' } as unknown as Window;
    installHook(early, () => {}, target);
    expect(await early.get()).toBe('first');
    expect('__alcoveToken' in target).toBe(false);

    const late = new Token();
    const waiting = late.get();
    const beats: number[] = [];
    const other = {} as Window;
    installHook(late, (n) => beats.push(n), other);
    other.__alcove?.token('second');
    other.__alcove?.beat(4);
    expect(await waiting).toBe('second');
    expect(beats).toEqual([4]);
  });

  it('is expected only in the window', () => {
    expect(inWindow({ protocol: 'wails:', hostname: 'wails' })).toBe(true);
    expect(inWindow({ protocol: 'http:', hostname: 'wails.localhost' })).toBe(true);
    expect(inWindow({ protocol: 'http:', hostname: '127.0.0.1' })).toBe(false);
  });
});

describe('calls', () => {
  const ok = (value: unknown) => new Response(pack({ ok: value }));

  it('carry the token and give back the answer with 64-bit integers as numbers', async () => {
    const token = new Token();
    token.set('secret');
    const client = new HostClient(token, async (path, init) => {
      expect(path).toBe('/_host/api/vault.suggest');
      expect((init?.headers as Record<string, string>)['X-Alcove-Token']).toBe('secret');
      return ok({ passphrase: 'a b c' });
    });
    expect(await client.call('vault.suggest')).toEqual({ passphrase: 'a b c' });
  });

  it('are tried once more when the token was renewed meanwhile, and given up when it was not', async () => {
    const token = new Token();
    token.set('old');
    let refused = 0;
    token.onrefused = () => (refused += 1);
    const used: string[] = [];
    const client = new HostClient(token, async (_path, init) => {
      const sent = (init?.headers as Record<string, string>)['X-Alcove-Token'] ?? '';
      used.push(sent);
      if (sent === 'old') token.set('new');
      return sent === 'new' && used.length === 2 ? ok({}) : new Response('', { status: 403 });
    });
    await client.call('activity');
    expect(used).toEqual(['old', 'new']);
    expect(refused).toBe(0);
    await expect(client.call('activity')).rejects.toMatchObject({ code: 'page.no_token' });
    expect(refused).toBe(1);
  });

  it('fail in words where there is no answer, and quietly where they were given up', async () => {
    const token = new Token();
    token.set('t');
    const gone = new HostClient(token, () => Promise.reject(new TypeError('Load failed')));
    await expect(gone.call('activity')).rejects.toMatchObject({ code: 'page.no_answer' });
    const stop = new DOMException('', 'AbortError');
    const left = new HostClient(token, () => Promise.reject(stop));
    await expect(left.call('activity')).rejects.toBe(stop);
  });

  it('fail with the host’s own code and sentence', async () => {
    const token = new Token();
    token.set('t');
    const client = new HostClient(
      token,
      async () =>
        new Response(
          pack({ error: { code: 'vault.wrong_passphrase', message: 'No.', data: { wait_ms: 2000 } } }),
        ),
    );
    await expect(client.call('vault.unlock', {})).rejects.toMatchObject({
      code: 'vault.wrong_passphrase',
      message: 'No.',
      data: { wait_ms: 2000 },
    });
  });

  it('take a list that Go left out as empty, and refuse an answer of another shape', async () => {
    const token = new Token();
    token.set('t');
    const empty = new HostClient(token, async () => ok({ extensions: null }));
    expect(await empty.call('ext.list')).toEqual({ extensions: [] });
    const odd = new HostClient(token, async () => ok({ extensions: 'none' }));
    await expect(odd.call('ext.list')).rejects.toMatchObject({ code: 'page.unexpected' });
  });
});
