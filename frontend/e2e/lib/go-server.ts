// A test of the Go side that serves something to a test here.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repo } from './paths';

/** Starts a test of a Go package, which the variable turns into a server; gives the address that it prints. */
export async function goServer(
  pkg: string,
  test: string,
  variable: string,
): Promise<{ process: ChildProcess; address: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'alcove-go-'));
  const binary = join(folder, 'server.test');
  // Built and then run by itself: it ends with this process, whose pipe it reads.
  await promisify(execFile)('go', ['test', '-c', '-o', binary, `./${pkg}`], { cwd: repo });
  const process = spawn(binary, ['-test.run', `^${test}$`, '-test.v'], {
    cwd: join(repo, pkg),
    env: { ...globalThis.process.env, [variable]: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  process.on('exit', () => void rm(folder, { recursive: true, force: true }));
  const address = await new Promise<string>((resolve, reject) => {
    let output = '';
    process.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const found = /^serving (\S+)$/m.exec(output)?.[1];
      if (found) resolve(found);
    });
    process.on('exit', (code) => reject(new Error(`the Go side ended with ${String(code)}: ${output}`)));
  });
  return { process, address };
}

/** Ends such a server, which ends with its standard input. */
export async function endServer(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit');
  process.stdin?.end();
  await ended;
}
