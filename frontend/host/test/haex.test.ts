import { decode, encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameHost, type FrameFailure } from '../src/lib/frame/frame-host';
import { HaexSpeech } from '../src/lib/frame/haex';
import { Unsendable, envelope } from '../src/lib/frame/haex-values';
import { longestQueue, mostChatter, offerAgainFor, offerEvery } from '../src/lib/frame/protocol';
import { Relay } from '../src/lib/frame/relay';

const context = {
  id: 'a.notes',
  name: 'notes',
  title: 'Notes',
  version: '1.0.0',
  prefix: 'a__notes__',
  theme: 'light',
  locale: 'en',
  platform: 'linux',
  reducedMotion: false,
};

interface Call {
  id: number;
  method: string;
  params: Record<string, unknown>;
}

let ports: MessagePort[];
let offers: unknown[];
let messages: Record<string, unknown>[];
let calls: Call[];
let failures: FrameFailure[];
let ready: number;
let host: FrameHost;
/** What Go answers to a call, by its method. */
let go: Record<string, (call: Call) => object | Promise<object>>;

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function until(seen: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !seen(); i++) await turn();
  expect(seen()).toBe(true);
}

function listen(index: number): MessagePort {
  const port = ports[index];
  if (!port) throw new Error(`no port ${index}`);
  port.onmessage = (event: MessageEvent<Record<string, unknown>>) => messages.push(event.data);
  return port;
}

async function open(): Promise<MessagePort> {
  host.loaded();
  const port = listen(0);
  port.postMessage({ type: 'haexspace:port:ready' });
  await until(() => calls.length === 1); // the page looks for events
  return port;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  [ports, offers, messages, calls, failures, ready] = [[], [], [], [], [], 0];
  go = {
    'events.take': () => ({ ok: { events: [], more: false } }),
    extension_context_get: () => ({
      ok: { theme: 'dark', locale: 'de', platform: 'linux', deviceId: 'device' },
    }),
  };
  host = new FrameHost({
    target: () =>
      ({
        postMessage: (message: unknown, _: string, transfer: MessagePort[]) => {
          offers.push(message);
          ports.push(...transfer);
        },
      }) as unknown as Window,
    context,
    speech: new HaexSpeech(),
    relay: new Relay(4),
    carry: async (bytes) => {
      const call = decode(bytes) as Call;
      calls.push(call);
      const answer = await go[call.method]?.(call);
      return encode({ id: call.id, ...answer }).slice().buffer;
    },
    fetch: () => Promise.reject(new Error('no ticket was given')),
    watch: true,
    onready: () => (ready += 1),
    onfail: (reason) => failures.push(reason),
  });
});
afterEach(() => {
  host.end();
  for (const port of ports) port.close();
  vi.useRealTimers();
});

describe('the handshake', () => {
  it('offers fresh ports until one is taken, and shows the app once it has its context', async () => {
    host.loaded();
    vi.advanceTimersByTime(2 * offerEvery);
    expect(offers).toEqual(Array(3).fill({ type: 'haexspace:port:init' }));
    const port = listen(1);
    port.postMessage({ type: 'hello', sdk: 'x' }); // Alcove's own word is none here
    port.postMessage({ type: 'haexspace:port:ready' });
    await until(() => calls.length === 1);
    vi.advanceTimersByTime(5 * offerEvery);
    expect(offers.length).toBe(3);
    expect(ready).toBe(0);
    port.postMessage({ id: 'req_1', method: 'extension_context_get', params: {}, timestamp: 1 });
    await until(() => messages.length === 1);
    expect(messages).toEqual([
      { id: 'req_1', result: { theme: 'light', locale: 'en', platform: 'linux', deviceId: 'device' } },
    ]);
    expect(ready).toBe(1);
  });

  it('gives up on a frame that takes no port', () => {
    host.loaded();
    vi.advanceTimersByTime(12_000);
    expect(failures).toEqual(['start']);
  });

  it('leaves the port as it is when the frame only moved within its page', async () => {
    const port = await open();
    host.loaded();
    vi.advanceTimersByTime(offerAgainFor + offerEvery);
    const before = offers.length;
    vi.advanceTimersByTime(5 * offerEvery);
    expect(offers.length).toBe(before);
    port.postMessage({ id: 'req_1', method: 'extension_context_get', params: {} });
    await until(() => messages.length === 1);
    expect(failures).toEqual([]);
  });

  it('talks to a document that was loaded anew, and to the old one no more', async () => {
    let answer: (reply: object) => void = () => undefined;
    go.slow = () => new Promise((resolve) => (answer = resolve));
    const old = await open();
    old.postMessage({ id: 'req_1', method: 'slow', params: {} });
    await until(() => calls.length === 2);
    host.loaded();
    const fresh = listen(1);
    fresh.postMessage({ type: 'haexspace:port:ready' });
    await until(() => calls.length === 3);
    answer({ ok: 'for the old one' });
    fresh.postMessage({ id: 'req_1', method: 'extension_context_get', params: {} });
    await until(() => messages.length === 1);
    expect(messages[0]).toMatchObject({ id: 'req_1', result: { deviceId: 'device' } });
  });
});

describe('calls', () => {
  it('answers with a result or with an error as it came', async () => {
    const port = await open();
    go.good = ({ params }) => ({ ok: params });
    go.bad = () => ({ error: { code: 2000, message: 'No.', reason: 'db.syntax' } });
    go.over = () => ({ error: { code: 'session.ended', message: 'Over.' } });
    port.postMessage({ id: 'a', method: 'good', params: { x: [1, undefined, { y: null }], z: undefined } });
    port.postMessage({ id: 'b', method: 'bad', params: {} });
    port.postMessage({ id: 'c', method: 'over' });
    await until(() => messages.length === 3);
    expect(messages).toEqual([
      { id: 'a', result: { x: [1, null, { y: null }] } },
      { id: 'b', error: { code: 2000, message: 'No.', reason: 'db.syntax' } },
      { id: 'c', error: { code: 8001, message: 'Over.', reason: 'session.ended' } },
    ]);
  });

  it('refuses what cannot be carried, and the page’s own method', async () => {
    const port = await open();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    port.postMessage({ id: 'a', method: 'm', params: cycle });
    port.postMessage({ id: 'b', method: 'm', params: { big: 2n ** 70n } });
    port.postMessage({ id: 'c', method: 'events.take', params: {} });
    port.postMessage({ id: 'd', method: 'x'.repeat(65), params: {} });
    port.postMessage({ id: 'e', method: 'm', params: { holes: new Array(4e9) } });
    await until(() => messages.length === 5);
    expect(messages.map(({ id, error }) => [id, (error as { code: number }).code])).toEqual([
      ['a', 7000],
      ['b', 3001],
      ['c', 8000],
      ['d', 8000],
      ['e', 7000],
    ]);
    expect(calls.length).toBe(1);
  });

  it('counts what goes nowhere, and ends a frame that sends it without end', async () => {
    const port = await open();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (let i = 0; i <= mostChatter; i++)
      port.postMessage(
        [{ id: 'a', method: 'events.take' }, { method: 'm' }, { id: 'a', method: 'm', params: cycle }][i % 3],
      );
    await until(() => failures.length === 1);
    expect(failures).toEqual(['crash']);
  });

  it('ends a frame that calls without end', async () => {
    go.never = () => new Promise(() => undefined);
    const port = await open();
    for (let i = 0; i <= longestQueue + 10; i++) port.postMessage({ id: `r${String(i)}`, method: 'never' });
    await until(() => failures.length === 1);
    expect(failures).toEqual(['crash']);
  });

  it('does not read what is no call', async () => {
    const port = await open();
    for (const odd of [
      null,
      5,
      'x',
      [],
      { id: 5, method: 'm' },
      { id: 'a' },
      { method: 'm' },
      new ArrayBuffer(3),
    ])
      port.postMessage(odd);
    port.postMessage({ id: 'z', method: 'extension_context_get', params: {} });
    await until(() => messages.length === 1);
    expect(messages[0]?.id).toBe('z');
    expect(failures).toEqual([]);
  });
});

describe('events', () => {
  it('are taken until there are no more, and come with a time', async () => {
    const port = await open();
    const batches = [
      { events: [{ type: 'shell:output', sessionId: 's', data: 'a' }], more: true },
      { events: [{ type: 'shell:exit', sessionId: 's', exitCode: 0 }], more: false },
    ];
    go['events.take'] = () => ({ ok: batches.shift() ?? { events: [], more: false } });
    host.emit('haex.events', {});
    host.emit('peers.asked', {}); // of Alcove's own
    await until(() => messages.length === 2);
    expect(messages).toEqual([
      { type: 'shell:output', sessionId: 's', data: 'a', timestamp: expect.any(Number) as number },
      { type: 'shell:exit', sessionId: 's', exitCode: 0, timestamp: expect.any(Number) as number },
    ]);
    port.close();
  });

  it('are taken later when the frame calls too often', async () => {
    await open();
    go['events.take'] = () => ({ error: { code: 7000, message: 'Slow down.', reason: 'quota.rate' } });
    host.emit('haex.events', {});
    await until(() => calls.length === 2);
    await turn();
    go['events.take'] = () => ({ ok: { events: [{ type: 'x' }], more: false } });
    await until(() => {
      vi.advanceTimersByTime(200);
      return messages.length === 1;
    });
  });

  it('tell of a changed theme', async () => {
    const port = await open();
    port.postMessage({ id: 'a', method: 'extension_context_get', params: {} });
    await until(() => messages.length === 1);
    host.update({ theme: 'dark' });
    await until(() => messages.length === 2);
    expect(messages[1]).toMatchObject({
      type: 'haextension:context:changed',
      data: { context: { theme: 'dark', locale: 'en', platform: 'linux', deviceId: 'device' } },
    });
  });

  it('let a person’s answer come behind the reply that says they are asked', async () => {
    const port = await open();
    const about = { resourceType: 'fs', action: 'read', target: '{documents}/a' };
    const resolved = { type: 'extension:permission-resolved', data: { ...about, decision: 'granted' } };
    let answer: (reply: object) => void = () => undefined;
    go.read = () => new Promise((resolve) => (answer = resolve));
    port.postMessage({ id: 'a', method: 'read', params: {} });
    await until(() => calls.length === 2);
    go['events.take'] = () => ({ ok: { events: [resolved], more: false } });
    host.emit('haex.events', {});
    await until(() => messages.length === 1);
    answer({ error: { code: 1004, message: 'Asked.', ...about } });
    await until(() => messages.length === 3);
    expect(messages.map((m) => m.type ?? (m.error as { code: number }).code)).toEqual([
      resolved.type,
      1004,
      resolved.type,
    ]);
    // A question that comes up later is another one.
    go.read = () => ({ error: { code: 1004, message: 'Asked.', ...about } });
    port.postMessage({ id: 'b', method: 'read', params: {} });
    port.postMessage({ id: 'c', method: 'extension_context_get', params: {} });
    await until(() => messages.length === 5);
    expect(messages[4]?.id).toBe('c');
  });
});

describe('values', () => {
  const sent = (params: unknown) => (decode(envelope(1, 'm', params), { useBigInt64: true }) as Call).params;

  it('are carried as JSON would have them, and bytes as bytes', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(sent({ bytes, buffer: bytes.buffer, view: new Uint16Array([1]) })).toEqual({
      bytes,
      buffer: bytes,
      view: new Uint8Array([1, 0]),
    });
    expect(
      sent({
        nan: NaN,
        date: new Date(0),
        bad: new Date(NaN),
        map: new Map([[1, 2]]),
        text: new String('s'),
      }),
    ).toEqual({ nan: null, date: '1970-01-01T00:00:00.000Z', bad: null, map: {}, text: 's' });
    expect(sent({ big: 2n ** 60n, small: -5n })).toEqual({ big: 2n ** 60n, small: -5n });
    expect(sent(null)).toEqual({});
    expect(sent(undefined)).toEqual({});
    const own = JSON.parse('{"__proto__": 1, "a": 2}') as object;
    expect(new TextDecoder().decode(envelope(1, 'm', own))).toContain('__proto__');
  });

  it('of a file come as a list of numbers', () => {
    expect(sent({ data: [0, 255] }).data).toEqual(new Uint8Array([0, 255]));
    for (const data of [[], [256], [-1], [1.5], ['1'], [1, undefined]])
      expect(sent({ data }).data).toEqual(data.map((v) => v ?? null));
    expect(sent({ inner: { data: [1] } })).toEqual({ inner: { data: [1] } });
  });

  it('are bounded', () => {
    const deep = (n: number): unknown => (n === 0 ? 1 : [deep(n - 1)]);
    for (const params of [{ a: 'x'.repeat(9 << 20) }, { a: deep(40) }, { a: new Array(400_001).fill(1) }])
      expect(() => envelope(1, 'm', params)).toThrow(Unsendable);
  });
});
