import { describe, expect, it } from 'vitest';
import { Refusal, SILENCE, connected } from './fakehost.ts';
import type { Request } from './fakehost.ts';

const bytes = (...list: number[]) => new Uint8Array(list);
const text = (s: string) => new TextEncoder().encode(s);
const piece = (stream: string, data: Uint8Array) => ({ data, done: false, meta: { stream } });
const end = (meta: object) => ({ data: bytes(), done: true, meta });
const good = end({ code: 0, signal: 0, reason: 'exit' });

/** A program whose reads are answered in turn, and then not at all. */
function program(...reads: (object | Refusal)[]) {
  return (request: Request): unknown => {
    if (request.method === 'handle.read') return reads.shift() ?? SILENCE;
    return request.method.startsWith('shell.') && request.method !== 'shell.resize' ? { handle: 4 } : {};
  };
}

describe('run', () => {
  it('gives all of the output as text, also where a letter is cut in two', async () => {
    const [a = 0, b = 0] = text('ü');
    const { host, vault } = await connected(
      program(
        piece('stdout', bytes(a)),
        piece('stderr', text('no')),
        piece('stdout', bytes(b)),
        end({ code: 3, signal: 0, reason: 'exit' }),
      ),
    );
    const result = await vault.shell.run('git', ['status'], {
      cwd: '{documents}/a',
      stdin: 'in',
      timeout: 5,
    });
    expect(result).toStrictEqual({ code: 3, signal: 0, reason: 'exit', stdout: 'ü', stderr: 'no' });
    expect(host.requests[0]).toMatchObject({
      method: 'shell.run',
      params: { program: 'git', args: ['status'], cwd: '{documents}/a', stdin: 'in', timeout: 5 },
    });
    await host.received(6);
    expect(host.requests.at(-1)).toMatchObject({
      method: 'handle.close',
      params: { handle: 4, abort: true },
    });
  });

  it('fails as its reads do', async () => {
    const { vault } = await connected(program(new Refusal('permission.revoked', 'Taken back.')));
    await expect(vault.shell.run('git')).rejects.toMatchObject({ code: 'permission.revoked' });
  });

  it('is refused where the host gives no handle', async () => {
    const { vault } = await connected(() => ({}));
    await expect(vault.shell.run('git')).rejects.toMatchObject({ code: 'reply.malformed' });
  });
});

describe('start', () => {
  it('gives the pieces as they come and then the end', async () => {
    const { vault } = await connected(program(piece('stdout', text('a')), piece('stderr', text('b')), good));
    const running = await vault.shell.start('git');
    const seen: string[] = [];
    for await (const { stream, data } of running) seen.push(`${stream} ${new TextDecoder().decode(data)}`);
    expect(seen).toStrictEqual(['stdout a', 'stderr b']);
    expect(await running.ended).toMatchObject({ code: 0, reason: 'exit' });
  });

  it('ends the program when it is killed and when nobody reads on', async () => {
    for (const stop of ['kill', 'break']) {
      const { host, vault } = await connected(program(piece('stdout', text('a'))));
      const running = await vault.shell.start('yes');
      for await (const output of running) {
        expect(output.stream).toBe('stdout');
        if (stop === 'break') break;
        running.kill();
      }
      expect(await running.ended).toMatchObject({ code: -1, reason: 'closed' });
      await host.received(3);
      expect(host.requests.at(-1)).toMatchObject({ method: 'handle.close' });
    }
  });
});

describe('terminal', () => {
  it('is written to, resized and read', async () => {
    const { host, vault } = await connected(program(piece('terminal', text('$ ')), good));
    const terminal = await vault.shell.terminal('bash', [], { columns: 90, rows: 30 });
    await terminal.write('ls\n');
    await terminal.resize(80, 24);
    let shown = '';
    for await (const data of terminal) shown += new TextDecoder().decode(data);
    expect(shown).toBe('$ ');
    expect(await terminal.ended).toMatchObject({ code: 0 });
    expect(host.requests.slice(0, 3)).toMatchObject([
      { method: 'shell.terminal', params: { program: 'bash', args: [], columns: 90, rows: 30 } },
      { method: 'handle.write', params: { handle: 4, data: 'ls\n' } },
      { method: 'shell.resize', params: { handle: 4, columns: 80, rows: 24 } },
    ]);
  });
});
