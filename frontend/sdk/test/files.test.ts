import { describe, expect, it } from 'vitest';
import type { FileInfo, Progress } from '../src/index.ts';
import { Refusal, SILENCE, connected } from './fakehost.ts';
import type { Request } from './fakehost.ts';

const info = (path: string, more: object = {}) => ({
  path,
  name: path.split('/').at(-1),
  kind: 'file',
  size: 3,
  modified: 1_700_000_000_000,
  readOnly: false,
  version: 'v1',
  ...more,
});

/** Answers by method; a list is given out one by one. */
function answering(by: Record<string, unknown>) {
  return (r: Request): unknown => {
    const answer = by[r.method] ?? {};
    if (typeof answer === 'function') return (answer as (r: Request) => unknown)(r);
    return Array.isArray(answer) ? (answer.shift() ?? SILENCE) : answer;
  };
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of list) out.push(item);
  return out;
}

describe('one call', () => {
  it('tells of a file', async () => {
    const { vault, host } = await connected(answering({ 'files.stat': info('{documents}/a.md') }));
    const got = await vault.files.stat('{home}/Documents/a.md');
    expect(got).toEqual({ ...info('{documents}/a.md'), modified: new Date(1_700_000_000_000) });
    expect(host.requests[0]?.params).toEqual({ path: '{home}/Documents/a.md' });
  });

  it('reads bytes, parts and text', async () => {
    const data = new TextEncoder().encode('grün');
    const { vault, host } = await connected(
      answering({ 'files.read': () => ({ info: info('{documents}/a'), data }) }),
    );
    expect(await vault.files.read('{documents}/a', { offset: 1, length: 2 })).toEqual(new Uint8Array(data));
    expect(await vault.files.readText('{documents}/a')).toBe('grün');
    expect(host.requests[0]?.params).toEqual({ path: '{documents}/a', offset: 1, length: 2 });
  });

  it('passes refusals on', async () => {
    const { vault } = await connected(() => new Refusal('files.protected', 'No app gets at this place.'));
    await expect(vault.files.readText('{home}/.ssh/id')).rejects.toMatchObject({ code: 'files.protected' });
  });

  it('makes, moves, copies and deletes', async () => {
    const { vault, host } = await connected(
      answering({
        'files.makeFolder': info('{documents}/x', { kind: 'folder' }),
        'files.move': info('{documents}/b'),
        'files.copy': info('{documents}/c'),
      }),
    );
    await vault.files.makeFolder('{documents}/x', { parents: true });
    await vault.files.move('{documents}/a', '{documents}/b', { replace: true });
    await vault.files.copy('{documents}/b', '{documents}/c');
    await vault.files.delete('{documents}/x', { recursive: true });
    expect(host.requests.map((r) => [r.method, r.params])).toEqual([
      ['files.makeFolder', { path: '{documents}/x', parents: true }],
      ['files.move', { from: '{documents}/a', to: '{documents}/b', replace: true }],
      ['files.copy', { from: '{documents}/b', to: '{documents}/c' }],
      ['files.delete', { path: '{documents}/x', recursive: true }],
    ]);
  });
});

it('lists page by page, as far as it is looked at', async () => {
  const { vault, host } = await connected(
    answering({
      'files.list': [
        { entries: [info('{documents}/a')], next: 'a', leftOut: 0 },
        { entries: [info('{documents}/b')], next: '', leftOut: 1 },
      ],
    }),
  );
  const got = await all(vault.files.list('{documents}', { recursive: true }));
  expect(got.map((e) => e.path)).toEqual(['{documents}/a', '{documents}/b']);
  expect(host.requests.map((r) => r.params.after)).toEqual([undefined, 'a']);
});

describe('streams', () => {
  it('read a file in pieces and give the handle back', async () => {
    const progress: Progress[] = [];
    const { vault, host } = await connected(
      answering({
        'files.open': { handle: 5, info: info('{documents}/big') },
        'handle.read': [
          { data: new Uint8Array([1, 2]), done: false, meta: { at: 2, size: 3 } },
          { data: new Uint8Array([3]), done: true, meta: { at: 3, size: 3 } },
        ],
      }),
    );
    const file = await vault.files.open('{documents}/big', { onProgress: (p) => progress.push(p) });
    expect(new Uint8Array(await new Response(file.stream).arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]));
    expect(progress).toEqual([
      { files: 0, bytes: 2, total: 3 },
      { files: 1, bytes: 3, total: 3 },
    ]);
    await host.received(4);
    expect(host.requests.at(-1)).toMatchObject({
      method: 'handle.close',
      params: { handle: 5, abort: true },
    });
  });

  it('are given back when they are cancelled or aborted', async () => {
    const { vault, host } = await connected(
      answering({ 'files.open': { handle: 5, info: info('{documents}/big') }, 'handle.read': () => SILENCE }),
    );
    const first = await vault.files.open('{documents}/big');
    await first.stream.cancel();
    const controller = new AbortController();
    const second = await vault.files.open('{documents}/big', { signal: controller.signal });
    controller.abort();
    await expect(second.stream.getReader().read()).rejects.toThrow();
    await host.received(4);
    expect(host.requests.filter((r) => r.method === 'handle.close')).toHaveLength(2);
  });

  it('write a large file in pieces and put it in its place at the end', async () => {
    const progress: number[] = [];
    const { vault, host } = await connected(
      answering({ 'files.create': { handle: 6 }, 'handle.close': { info: info('{documents}/big') } }),
    );
    const size = 1.125 * 1024 * 1024;
    const got = await vault.files.write('{documents}/big', new Uint8Array(size), {
      exclusive: true,
      onProgress: (p) => progress.push(p.bytes),
    });
    expect(got.path).toBe('{documents}/big');
    expect(progress).toEqual([262144, 524288, 786432, 1048576, size, size]);
    const writes = host.requests.filter((r) => r.method === 'handle.write');
    expect(writes.map((r) => (r.params.data as Uint8Array).length)).toEqual([
      262144, 262144, 262144, 262144, 131072,
    ]);
    expect(host.requests[0]?.params).toEqual({ path: '{documents}/big', exclusive: true });
    expect(host.requests.at(-1)?.params).toEqual({ handle: 6 });
  });

  it('write what comes as a stream or a blob, and give up what fails', async () => {
    const { vault, host } = await connected(
      answering({ 'files.create': { handle: 6 }, 'handle.close': { info: info('{documents}/s') } }),
    );
    await vault.files.write('{documents}/s', new Blob(['blob']));
    const failing = new ReadableStream<string>({
      pull(controller) {
        if (host.requests.some((r) => r.params.data && r.id > 3)) controller.error(new Error('gone'));
        else controller.enqueue('part');
      },
    });
    await expect(vault.files.write('{documents}/s', failing)).rejects.toThrow('gone');
    while (!host.requests.some((r) => r.params.abort)) await host.received(host.requests.length + 1);
    expect(host.requests.filter((r) => r.method === 'handle.close')).toHaveLength(2);
  });

  it('write a small file in one call', async () => {
    const { vault, host } = await connected(answering({ 'files.write': info('{documents}/a') }));
    await vault.files.write('{documents}/a', 'short', { ifVersion: 'v1' });
    expect(host.requests.map((r) => r.method)).toEqual(['files.write']);
    expect(host.requests[0]?.params).toMatchObject({ path: '{documents}/a', ifVersion: 'v1' });
  });
});

it('tells how far work on a tree is', async () => {
  const told: Progress[] = [];
  const { vault, host } = await connected(answering({ 'files.copy': () => SILENCE }));
  const copy = vault.files.copy('{documents}/a', '{documents}/b', { onProgress: (p) => told.push(p) });
  await host.received(1);
  const { id, params } = host.requests[0] ?? { id: 0, params: { progress: 0 } };
  const tell = (number: unknown, bytes: number) => {
    const data = { number, files: 1, bytes, total: 9 };
    host.port.postMessage({ type: 'event', name: 'files.progress', data });
  };
  tell(params.progress, 4);
  tell(Number(params.progress) + 1, 5);
  host.reply({ id, ok: info('{documents}/b') });
  expect((await copy).path).toBe('{documents}/b');
  expect(told).toEqual([{ files: 1, bytes: 4, total: 9 }]);
});

it('watches until the signal fires', async () => {
  const change = { path: '{documents}/a', what: 'changed' };
  const { vault, host } = await connected(
    answering({
      'files.watch': { handle: 8 },
      'handle.read': [
        { data: new Uint8Array(), done: false, meta: { changes: [change], lost: false } },
        { data: new Uint8Array(), done: false, meta: { changes: [], lost: true } },
      ],
    }),
  );
  const controller = new AbortController();
  const got: unknown[] = [];
  for await (const event of vault.files.watch('{documents}', { signal: controller.signal })) {
    got.push(event);
    if (got.length < 2) continue;
    controller.abort();
    host.answer = () => new Refusal('handle.unknown', 'gone');
    break;
  }
  expect(got).toEqual([
    { changes: [change], lost: false },
    { changes: [], lost: true },
  ]);
  await host.received(4);
  expect(host.requests.at(-1)?.method).toBe('handle.close');
});

it('lets the person pick', async () => {
  const pick = {
    path: '{picked-0123456789abcdef}',
    name: 'a.md',
    kind: 'file',
    writable: true,
    remembered: true,
  };
  const { vault, host } = await connected(
    answering({
      'files.pick': [{ picks: [pick] }, { picks: [] }, { picks: [pick] }],
      'files.picked': { picks: [pick] },
    }),
  );
  expect(await vault.files.pickFile({ extensions: ['md'], writable: true, remember: true })).toEqual(pick);
  expect(await vault.files.pickFolder()).toBeUndefined();
  expect(await vault.files.pickSave({ suggestedName: 'a.md' })).toEqual(pick);
  expect(await vault.files.picked()).toEqual([pick]);
  await vault.files.forget(pick.path);
  expect(host.requests.map((r) => r.params)).toEqual([
    { kind: 'file', extensions: ['md'], writable: true, remember: true },
    { kind: 'folder' },
    { kind: 'save', suggestedName: 'a.md' },
    {},
    { path: pick.path },
  ]);
});

it('takes nothing for a file that is none', async () => {
  const { vault } = await connected(() => ({ entries: 'no' }));
  await expect(vault.files.stat('{documents}/a')).rejects.toMatchObject({ code: 'reply.malformed' });
  await expect(all<FileInfo>(vault.files.list('{documents}'))).rejects.toMatchObject({
    code: 'reply.malformed',
  });
});
