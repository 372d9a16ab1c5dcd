// What is true of the product's binary as it is shipped.
import { readFile, stat } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { binary, run, testBinary, until } from './harness';
import { end } from './desktop';

test('the product has no way in for tests', async () => {
  const marks = ['ALCOVE-WINDOWTEST-HOOK', 'ALCOVE_TEST_SOCKET', 'ALCOVE_TEST_SKIP', 'alcove_windowtest'];
  const [product, built] = [await readFile(binary), await readFile(testBinary)];
  for (const mark of marks) {
    expect(product.includes(mark), `${mark} in the product`).toBe(false);
    expect(built.includes(mark), `${mark} in the test's build`).toBe(true);
  }
});

test('the process cannot be dumped, and the window closes on SIGTERM', async ({ home, desktop }) => {
  const p = spawn(binary, { env: home.env(desktop.display), cwd: home.home, stdio: 'ignore' });
  try {
    await until('the window', () =>
      desktop.tool('xdotool', 'search', '--onlyvisible', '--pid', String(p.pid), '--name', '^Alcove$'),
    );
    const limits = await readFile(`/proc/${p.pid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max core file size\s+0\s+0/m);
    p.kill('SIGTERM');
    await until('the end', () => p.exitCode !== null);
    expect(p.exitCode).toBe(0);
  } finally {
    await end(p, 'SIGKILL');
  }
});

test('a second start brings the first to the front and ends with 0', async ({ home, desktop, start }) => {
  const w = await start();
  await run(testBinary, [], { env: home.env(desktop.display), cwd: home.home });
  const windows = (await desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Alcove$'))
    .trim()
    .split('\n');
  expect(windows).toHaveLength(1);
  expect(w.running).toBe(true);
});

test('the window is as large as it was', async ({ home, desktop, start }) => {
  let w = await start();
  const id = (await desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Alcove$')).trim();
  await desktop.tool('xdotool', 'windowsize', '--sync', id, '1010', '690');
  await until('the page to follow', async () => (await w.evaluate<number>('return innerWidth')) === 1010);
  await w.stop();
  w = await start();
  expect(await w.evaluate('return [innerWidth, innerHeight]')).toEqual([1010, 690]);
  expect((await stat(join(home.home, '.config/alcove/window.json'))).mode & 0o777).toBe(0o600);
});
