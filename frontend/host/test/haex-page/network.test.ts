// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Host, fresh } from './page';

const engine = { fetch: window.fetch, XMLHttpRequest: window.XMLHttpRequest };
const own = vi.fn<typeof fetch>(() => Promise.resolve(new Response('own')));
let host: Host;

const beacon = vi.fn(() => true);

beforeEach(async () => {
  own.mockClear();
  beacon.mockClear();
  window.fetch = own;
  navigator.sendBeacon = beacon;
  const [{ findPort }, { standForNetwork }] = await fresh(async () => [
    await import('../../src/haex-page/port'),
    await import('../../src/haex-page/network'),
  ]);
  findPort();
  standForNetwork();
  host = new Host();
  host.accept();
});
afterEach(() => {
  Reflect.deleteProperty(navigator, 'sendBeacon');
  Object.assign(window, engine);
  host.end();
});

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const body = (text: string) => base64(new TextEncoder().encode(text));

describe('the app’s own files', () => {
  it('are fetched as before, with what was said', async () => {
    const init = { cache: 'no-store' } as const;
    const all: [RequestInfo | URL, RequestInit?][] = [
      ['./data.json', init],
      ['/data.json'],
      [new URL('x', document.baseURI)],
      [new Request(new URL('y', document.baseURI))],
      ['data:,x'],
      ['blob:null/1'],
    ];
    for (const [input, options] of all) expect(await (await fetch(input, options)).text()).toBe('own');
    expect(own.mock.calls).toEqual(all.map(([input, options]) => [input, options]));
    expect(host.calls).toEqual([]);
  });
});

describe('another host', () => {
  it('is reached by a call of the app’s', async () => {
    const answer = fetch('https://a.example/x?y#z', {
      method: 'POST',
      headers: { 'X-Key': 'k' },
      body: 'hello',
    });
    const call = await host.answer(1, {
      result: {
        status: 201,
        statusText: 'Created',
        headers: { 'Content-Type': 'text/plain' },
        body: body('made'),
        url: 'https://a.example/made',
      },
    });
    expect(call.method).toBe('extension_web_fetch');
    expect(call.params).toMatchObject({ method: 'POST', body: body('hello'), headers: { 'x-key': 'k' } });
    expect(call.params.url).toMatch(/^https:\/\/a\.example\/x\?y/);
    const response = await answer;
    expect([response.status, response.statusText, response.ok, response.url]).toEqual([
      201,
      'Created',
      true,
      'https://a.example/made',
    ]);
    expect([response.headers.get('content-type'), await response.text()]).toEqual(['text/plain', 'made']);
    expect(own).not.toHaveBeenCalled();
  });

  it('is told from a request and an address as from a text', async () => {
    const answers = [
      fetch(new Request('https://a.example/r', { method: 'DELETE' })),
      fetch(new URL('https://a.example/u')),
    ];
    await host.called(2);
    const asked = host.calls.map(({ params }) => [params.method, params.url, 'body' in params]);
    expect(asked.sort()).toEqual([
      ['DELETE', 'https://a.example/r', false],
      ['GET', 'https://a.example/u', false],
    ]);
    for (const n of [1, 2]) await host.answer(n, { result: { status: 204, body: '' } });
    for (const answer of answers) expect((await answer).body).toBeNull();
  });

  it('is sent bytes of any number', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256);
    const answer = fetch('https://a.example/', { method: 'PUT', body: bytes });
    const { params } = await host.answer(1, { result: { status: 200, body: base64(bytes) } });
    expect(params.body === base64(bytes)).toBe(true);
    const back = new Uint8Array(await (await answer).arrayBuffer());
    expect(base64(back) === base64(bytes)).toBe(true);
  });

  it('fails as in a browser, and the host’s word is the cause', async () => {
    const answer = fetch('https://a.example/');
    await host.answer(1, { error: { code: 1002, message: 'Not declared.' } });
    const error = await answer.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      message: 'Failed to fetch',
      cause: { code: 1002, message: 'Not declared.' },
    });
  });

  it('is given up when the app gives it up', async () => {
    const stop = new AbortController();
    const answer = fetch('https://a.example/', { signal: stop.signal });
    await host.called();
    stop.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    await expect(fetch('https://a.example/', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('a beacon', () => {
  it('goes out as a call of the app’s, and within as before', async () => {
    expect(navigator.sendBeacon('/seen', 'x')).toBe(true);
    expect(beacon.mock.calls).toEqual([['/seen', 'x']]);
    expect(navigator.sendBeacon('https://a.example/seen', 'left')).toBe(true);
    const { method, params } = await host.called();
    expect([method, params.method, params.url, params.body]).toEqual([
      'extension_web_fetch',
      'POST',
      'https://a.example/seen',
      body('left'),
    ]);
    expect(beacon).toHaveBeenCalledTimes(1);
  });
});

describe('an XMLHttpRequest', () => {
  /** Notes what a request tells, in order. */
  function following(request: XMLHttpRequest): string[] {
    const told: string[] = [];
    for (const type of ['loadstart', 'progress', 'load', 'error', 'abort', 'timeout', 'loadend'])
      request.addEventListener(type, () => told.push(type));
    request.onreadystatechange = () => told.push(String(request.readyState));
    return told;
  }

  it('of another host goes out as a call of the app’s', async () => {
    const request = new XMLHttpRequest();
    const told = following(request);
    request.open('POST', 'https://a.example/x');
    request.setRequestHeader('X-Key', 'k');
    request.responseType = 'json';
    const over = new Promise((resolve) => (request.onloadend = resolve));
    request.send('hello');
    const { params } = await host.answer(1, {
      result: {
        status: 200,
        headers: { 'X-Seen': 'yes' },
        body: body('{"a":1}'),
        url: 'https://a.example/y',
      },
    });
    await over;
    expect(params).toMatchObject({ method: 'POST', body: body('hello'), headers: { 'x-key': 'k' } });
    expect(told).toEqual(['1', 'loadstart', '2', '3', 'progress', '4', 'load', 'loadend']);
    expect([request.status, request.responseURL, request.getResponseHeader('x-seen')]).toEqual([
      200,
      'https://a.example/y',
      'yes',
    ]);
    expect(request.response).toEqual({ a: 1 });
  });

  it('fails as one does, and says nothing after it was given up', async () => {
    const failed = new XMLHttpRequest();
    const told = following(failed);
    failed.open('GET', 'https://a.example/x');
    const over = new Promise((resolve) => (failed.onloadend = resolve));
    failed.send();
    await host.answer(1, { error: { code: 1002, message: 'Not declared.' } });
    await over;
    expect(told).toEqual(['1', 'loadstart', '4', 'error', 'loadend']);
    expect([failed.status, failed.responseText]).toEqual([0, '']);

    const left = new XMLHttpRequest();
    const after = following(left);
    left.open('GET', 'https://a.example/x');
    left.send();
    await host.called(2);
    left.abort();
    await host.answer(2, { result: { status: 200, body: '' } });
    expect(after).toEqual(['1', 'loadstart', '4', 'abort', 'loadend']);
  });
});
