import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { AlcoveError } from '../src/index.ts';
import { Refusal, SILENCE, connected } from './fakehost.ts';

describe('calls', () => {
  it('pairs replies with requests whatever their order', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const a = vault.call('a');
    const b = vault.call('b');
    await host.received(2);
    host.reply({ id: host.requests[1]?.id, ok: 'second' });
    host.reply({ id: host.requests[0]?.id, ok: 'first' });
    expect(await Promise.all([a, b])).toEqual(['first', 'second']);
  });

  it('turns a refusal into an AlcoveError', async () => {
    const { vault } = await connected(() => new Refusal('db.constraint', 'taken', { table: 'notes' }));
    const failure = vault.db.execute('INSERT');
    await expect(failure).rejects.toThrow(AlcoveError);
    await expect(failure).rejects.toMatchObject({
      code: 'db.constraint',
      message: 'taken',
      data: { table: 'notes' },
    });
  });

  it('gives up at the deadline and ignores the late reply', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const failure = vault.call('slow', {}, { timeout: 20 });
    await expect(failure).rejects.toMatchObject({ code: 'request.timeout' });
    host.reply({ id: host.requests[0]?.id, ok: 1 });
    host.answer = () => 'next';
    expect(await vault.call('after')).toBe('next');
  });

  it('aborts, before and after sending', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const gone = AbortSignal.abort();
    await expect(vault.call('a', {}, { signal: gone })).rejects.toMatchObject({
      code: 'request.aborted',
    });
    expect(host.requests).toHaveLength(0);
    const control = new AbortController();
    const pending = vault.call('b', {}, { signal: control.signal });
    await host.received(1);
    control.abort(new Error('enough'));
    await expect(pending).rejects.toMatchObject({
      code: 'request.aborted',
      cause: new Error('enough'),
    });
  });

  it('keeps no more than 48 calls under way and sends the rest as answers come', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const all = Array.from({ length: 200 }, (_, i) => vault.call('m', { i }));
    await host.received(48);
    host.port.postMessage({ type: 'ping', n: 0 });
    await host.heard('pong');
    expect(host.requests).toHaveLength(48);
    host.answer = (r) => r.params.i;
    host.requests.slice(0, 48).forEach((r) => {
      host.reply({ id: r.id, ok: r.params.i });
    });
    expect(await Promise.all(all)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it('refuses what is larger than the host takes, before sending it', async () => {
    const { host, vault } = await connected();
    const big = new Uint8Array(8 * 1024 * 1024);
    await expect(vault.kv.set('a', big)).rejects.toMatchObject({ code: 'request.too_large' });
    expect(host.requests).toHaveLength(0);
  });

  it('rejects what waits, and what comes later, when the host closes the port', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const pending = vault.call('a');
    await host.received(1);
    host.port.close();
    await expect(pending).rejects.toMatchObject({ code: 'session.ended' });
    await expect(vault.call('b')).rejects.toMatchObject({ code: 'session.ended' });
  });
});

describe('calls that wait', () => {
  it('have no time-out and are in nobody’s way', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const waiting = Array.from({ length: 60 }, (_, i) => vault.call('ask', { i }, { timeout: 40 }));
    await host.received(48);
    for (const r of host.requests.slice(0, 48)) host.port.postMessage({ type: 'waiting', id: r.id });
    await host.received(60);
    for (const r of host.requests.slice(48)) host.port.postMessage({ type: 'waiting', id: r.id });
    // One that does not wait still has its time, which is over after all of theirs would be.
    await expect(vault.call('slow', {}, { timeout: 80 })).rejects.toMatchObject({ code: 'request.timeout' });
    for (const r of host.requests.slice(0, 60)) host.reply({ id: r.id, ok: r.params.i });
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('are given up at the host when nobody waits for them any more', async () => {
    const { host, vault } = await connected(() => SILENCE);
    const control = new AbortController();
    const call = vault.call('ask', {}, { signal: control.signal });
    await host.received(1);
    host.port.postMessage({ type: 'waiting', id: host.requests[0]?.id });
    host.port.postMessage({ type: 'ping', n: 0 });
    await host.heard('pong');
    control.abort();
    await expect(call).rejects.toMatchObject({ code: 'request.aborted' });
    await host.received(2);
    expect(host.requests[1]).toMatchObject({ method: 'call.cancel', params: { call: host.requests[0]?.id } });
    // The other way round: the host says so after the call was given up.
    const late = vault.call('ask', {}, { timeout: 20 });
    await expect(late).rejects.toMatchObject({ code: 'request.timeout' });
    host.port.postMessage({ type: 'waiting', id: host.requests[2]?.id });
    await host.received(4);
    expect(host.requests[3]).toMatchObject({ method: 'call.cancel', params: { call: host.requests[2]?.id } });
  });
});

describe('events', () => {
  it('reach the handlers of their name until these are taken away', async () => {
    const { host, vault } = await connected();
    const seen: unknown[] = [];
    const off = vault.on('permission.revoked', (key) => seen.push(key));
    const key = { resource: 'net', action: 'fetch', target: 'https://api.example.com/*' };
    const beat = async (n: number) => {
      host.port.postMessage({ type: 'ping', n });
      while (!host.control.some((m) => m.type === 'pong' && m.n === n)) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    host.port.postMessage({ type: 'event', name: 'permission.revoked', data: key });
    host.port.postMessage({ type: 'event', name: 'something.else', data: 1 });
    host.port.postMessage({ type: 'event', name: null });
    await beat(1);
    expect(seen).toEqual([key]);
    off();
    host.port.postMessage({ type: 'event', name: 'permission.revoked', data: key });
    await beat(2);
    expect(seen).toHaveLength(1);
  });
});

describe('a hostile host', () => {
  const bytes = (value: unknown) => encode(value, { useBigInt64: true }).slice().buffer;
  const nested = () => {
    // 200,000 lists in each other, by hand: the encoder would refuse.
    const deep = new Uint8Array(200_000).fill(0x91);
    return deep.buffer;
  };

  it.each<[string, () => unknown]>([
    ['an empty buffer', () => new ArrayBuffer(0)],
    ['noise', () => new Uint8Array([0xc1, 0xff, 0x00, 0x93]).buffer],
    ['a length that lies', () => new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]).buffer],
    ['nesting without end', nested],
    ['a reply without id', () => bytes({ ok: 1 })],
    ['a reply with a text id', () => bytes({ id: '1', ok: 1 })],
    ['a reply to nothing', () => bytes({ id: 999, ok: 1 })],
    ['a reply with neither', () => bytes({ id: 1 })],
    ['a list', () => bytes([1, 2])],
    ['an extension type', () => new Uint8Array([0xd6, 0xff, 0, 0, 0, 0]).buffer],
    ['trailing bytes', () => new Uint8Array([0x81, 0xa2, 0x69, 0x64, 0x01, 0xc0, 0xc0]).buffer],
    [
      'a __proto__ key',
      () => new Uint8Array([0x81, 0xa9, ...new TextEncoder().encode('__proto__'), 0x80]).buffer,
    ],
    ['text', () => 'hello'],
    ['null', () => null],
    ['an unknown control message', () => ({ type: 'format-disk' })],
    ['a control message without type', () => ({ context: {} })],
    ['a call that waits and was never made', () => ({ type: 'waiting', id: 4711 })],
    ['a call that waits without an id', () => ({ type: 'waiting', id: {} })],
    ['a second welcome', () => ({ type: 'welcome', context: { id: 'evil' } })],
    ['a typed array', () => new Uint8Array([1, 2, 3])],
  ])('survives %s', async (_name, make) => {
    const { host, vault } = await connected(() => SILENCE);
    const call = vault.call('a');
    await host.received(1);
    host.port.postMessage(make());
    host.reply({ id: 1, ok: 'fine' });
    expect(await call).toBe('fine');
    expect(vault.context.title).toBe('Notes');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['no code', { message: 'x' }],
    ['a list', [1]],
    ['null', null],
  ])('makes an error of an error with %s', async (_name, error) => {
    const { host, vault } = await connected(() => SILENCE);
    const call = vault.call('a');
    await host.received(1);
    host.reply({ id: 1, error });
    await expect(call).rejects.toMatchObject({ code: 'reply.malformed' });
  });

  it.each([null, 7, 'rows', [], { columns: 'a' }, { columns: ['a'], rows: 'b' }])(
    'refuses %j as the answer to a query',
    async (answer) => {
      const { vault } = await connected(() => answer);
      await expect(vault.db.query('SELECT 1')).rejects.toMatchObject({ code: 'reply.malformed' });
    },
  );
});
