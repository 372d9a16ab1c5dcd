import { describe, expect, it } from 'vitest';
import { AlcoveError } from '../src/index.ts';
import type { SocketEnd } from '../src/index.ts';
import { Refusal, SILENCE, connected } from './fakehost.ts';
import type { Request } from './fakehost.ts';

const text = (s: string) => new TextEncoder().encode(s);
const whole = (data: string, more: object = {}) => ({
  status: 200,
  statusText: 'OK',
  headers: [['content-type', 'application/json']],
  url: 'https://api.example.com/a',
  redirected: false,
  data: text(data),
  body: null,
  ...more,
});

/** Answers handle.read with the pieces in turn, and fetch with an open body. */
function streaming(...pieces: (object | Refusal)[]) {
  const seen: string[] = [];
  const answer = (r: Request): unknown => {
    seen.push(r.method);
    if (r.method === 'net.fetch') return whole('', { body: 7 });
    if (r.method === 'net.websocket') return { handle: 7, protocol: 'chat' };
    if (r.method === 'handle.read') return pieces.shift() ?? SILENCE;
    return {};
  };
  return { answer, seen };
}

describe('fetch', () => {
  it('gives a Response', async () => {
    const { host, vault } = await connected(() => whole('{"a":1}', { redirected: true, status: 418 }));
    const response = await vault.net.fetch('https://api.example.com/a');
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.ok, response.redirected]).toEqual([418, false, true]);
    expect(response.url).toBe('https://api.example.com/a');
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await response.json()).toEqual({ a: 1 });
    expect(host.requests[0]?.params).toEqual({
      url: 'https://api.example.com/a',
      method: 'GET',
      headers: [],
    });
  });

  it('sends what it is given, with the type of the body', async () => {
    const { host, vault } = await connected(() => whole(''));
    const url = new URL('https://api.example.com/');
    await vault.net.fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ a: 'ü' }),
      timeout: 5,
      maxBytes: 9,
    });
    await vault.net.fetch(url, {
      method: 'PUT',
      body: 'x',
      headers: { 'Content-Type': 'a/b', 'X-Key': 'k' },
    });
    await vault.net.fetch(url, {
      method: 'PUT',
      body: new Uint8Array([1, 2]).subarray(1),
      redirect: 'error',
    });
    expect(host.requests.map((r) => r.params)).toEqual([
      {
        url: 'https://api.example.com/',
        method: 'POST',
        headers: [['content-type', 'application/x-www-form-urlencoded;charset=UTF-8']],
        body: text('a=%C3%BC'),
        timeout: 5,
        maxBytes: 9,
      },
      {
        url: 'https://api.example.com/',
        method: 'PUT',
        headers: [
          ['content-type', 'a/b'],
          ['x-key', 'k'],
        ],
        body: text('x'),
      },
      {
        url: 'https://api.example.com/',
        method: 'PUT',
        headers: [],
        body: new Uint8Array([2]),
        redirect: 'error',
      },
    ]);
  });

  it('reads the body as it is wanted, and closes it at its end', async () => {
    const { answer, seen } = streaming(
      { data: text('one'), done: false, meta: null },
      { data: text('two'), done: true, meta: null },
    );
    const { host, vault } = await connected(answer);
    const response = await vault.net.fetch('https://api.example.com/');
    expect(seen).toEqual(['net.fetch']);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toEqual(text('one'));
    expect(seen).toEqual(['net.fetch', 'handle.read']);
    expect((await reader?.read())?.value).toEqual(text('two'));
    expect((await reader?.read())?.done).toBe(true);
    await host.received(4);
    expect(seen).toEqual(['net.fetch', 'handle.read', 'handle.read', 'handle.close']);
  });

  it('passes on what goes wrong on the way', async () => {
    const { answer, seen } = streaming(
      { data: text('one'), done: false, meta: null },
      new Refusal('net.timeout', 'The server stopped sending.'),
    );
    const { host, vault } = await connected(answer);
    const response = await vault.net.fetch('https://api.example.com/');
    await expect(response.text()).rejects.toMatchObject({ code: 'net.timeout' });
    await host.received(4);
    expect(seen.at(-1)).toBe('handle.close');
  });

  it('closes what is cancelled and what is aborted', async () => {
    const { answer, seen } = streaming();
    const { host, vault } = await connected(answer);
    await (await vault.net.fetch('https://api.example.com/')).body?.cancel();
    await host.received(2);
    expect(seen).toEqual(['net.fetch', 'handle.close']);
    const control = new AbortController();
    const response = await vault.net.fetch('https://api.example.com/', { signal: control.signal });
    const read = response.text();
    await host.received(4);
    control.abort(new Error('enough'));
    await expect(read).rejects.toThrow('enough');
    await host.received(5);
    expect(seen.slice(2)).toEqual(['net.fetch', 'handle.read', 'handle.close']);
  });

  it('closes the body of an answer that comes too late', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const control = new AbortController();
    const failure = vault.net.fetch('https://api.example.com/', { signal: control.signal });
    await host.received(1);
    control.abort();
    await expect(failure).rejects.toMatchObject({ code: 'request.aborted' });
    host.reply({ id: host.requests[0]?.id, ok: whole('', { body: 9 }) });
    await host.received(2);
    expect(host.requests[1]).toMatchObject({ method: 'handle.close', params: { handle: 9, abort: true } });
  });

  it('has no body where there cannot be one', async () => {
    const { vault } = await connected(() => whole('', { status: 204 }));
    const response = await vault.net.fetch('https://api.example.com/', { method: 'DELETE' });
    expect([response.status, response.body]).toEqual([204, null]);
  });

  it('refuses a reply that is none', async () => {
    const { vault } = await connected(() => ({ status: 'ok' }));
    await expect(vault.net.fetch('https://api.example.com/')).rejects.toMatchObject({
      code: 'reply.malformed',
    });
  });
});

describe('connect', () => {
  it('brings messages and the end', async () => {
    const { answer } = streaming(
      { data: text('\uFEFFgrüße'), done: false, meta: { text: true, more: false } },
      { data: new Uint8Array([1, 2]), done: false, meta: { text: false, more: false } },
      { data: new Uint8Array(), done: true, meta: { code: 4001, reason: 'enough', clean: true } },
    );
    const { host, vault } = await connected(answer);
    const socket = await vault.net.connect('wss://live.example.com/', 'chat');
    expect([socket.protocol, socket.readyState, socket.url]).toEqual(['chat', 1, 'wss://live.example.com/']);
    const got: unknown[] = [];
    socket.onmessage = (event) => got.push(event.data);
    const end = await new Promise<SocketEnd>((resolve) => {
      socket.onclose = resolve;
    });
    expect(got).toEqual(['\uFEFFgrüße', new Uint8Array([1, 2]).buffer]);
    expect([end.code, end.reason, end.wasClean, socket.readyState]).toEqual([4001, 'enough', true, 3]);
    expect(host.requests[0]?.params).toEqual({ url: 'wss://live.example.com/', protocols: ['chat'] });
    await expect(socket.send('x')).rejects.toMatchObject({ code: 'net.closed' });
  });

  it('sends text and bytes', async () => {
    const { host, vault } = await connected(streaming().answer);
    const socket = await vault.net.connect('wss://live.example.com/');
    const sent = socket.send('ü');
    expect(socket.bufferedAmount).toBe(2);
    await sent;
    await socket.send(new Uint8Array([1, 2, 3]).subarray(1));
    expect(socket.bufferedAmount).toBe(0);
    const writes = host.requests.filter((r) => r.method === 'handle.write');
    expect(writes.map((r) => r.params)).toEqual([
      { handle: 7, data: 'ü' },
      { handle: 7, data: new Uint8Array([2, 3]) },
    ]);
  });

  it('says goodbye once, with a code', async () => {
    const { host, vault } = await connected(streaming().answer);
    const socket = await vault.net.connect('wss://live.example.com/');
    socket.close(3000, 'bye');
    socket.close();
    expect(socket.readyState).toBe(2);
    await host.received(3);
    expect(host.requests.filter((r) => r.method === 'net.close').map((r) => r.params)).toEqual([
      { handle: 7, code: 3000, reason: 'bye' },
    ]);
  });

  it('tells of an error before the end', async () => {
    const { answer } = streaming(new Refusal('permission.revoked', 'taken back'));
    const { vault } = await connected(answer);
    const socket = await vault.net.connect('wss://live.example.com/');
    const told: unknown[] = [];
    socket.addEventListener('error', (event) =>
      told.push((event as Event & { error: AlcoveError }).error.code),
    );
    await new Promise((resolve) => {
      socket.addEventListener('close', (event) => {
        told.push((event as Event & SocketEnd).code);
        resolve(undefined);
      });
    });
    expect(told).toEqual(['permission.revoked', 1006]);
  });

  it('rejects where it is refused', async () => {
    const { vault } = await connected(() => new Refusal('permission.undeclared', 'no'));
    const failure = vault.net.connect('wss://live.example.com/');
    await expect(failure).rejects.toThrow(AlcoveError);
  });
});
