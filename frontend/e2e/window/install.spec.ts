// After "make install" the desktop's own opener starts Alcove with a file, and
// a second file reaches the window that is open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { AppWindow, repo, run, testBinary } from './harness';
import { acceptReview, hostilePackage, notesPackage, prepareVault, unlock } from './product';

test('a double click on a package opens Alcove with its review', async ({ home, desktop, adopt }) => {
  await prepareVault(home);
  const first = join(home.home, 'Notes 1.alcove');
  const second = join(home.home, 'other.alcove');
  await copyFile(notesPackage, first);
  await copyFile(await hostilePackage(home, { attack: false }), second);

  const socket = join(home.dir, 'opened.sock');
  const env = { ...home.env(desktop.display), ALCOVE_TEST_SOCKET: socket };
  await run('build/scripts/install.sh', [testBinary], { cwd: repo, env });
  const { stdout } = await run('gio', ['mime', 'application/vnd.alcove.extension'], { env });
  expect(stdout).toContain('alcove.desktop');
  const info = await run('gio', ['info', '-a', 'standard::content-type', first], { env });
  expect(info.stdout).toContain('application/vnd.alcove.extension');

  // What gio starts keeps its output, so nothing may wait for that to end.
  const open = async (file: string) => {
    const [status] = await once(spawn('gio', ['open', file], { env, stdio: 'ignore' }), 'exit');
    expect(status).toBe(0);
  };
  await open(first);
  const w = adopt(await AppWindow.attach(desktop, socket));
  await unlock(w);
  await acceptReview(w, 'Notes');
  await w.see('.AppTile', 'Notes');

  await open(second);
  await w.see('.InstallReview');
  await w.screenshot('opened-second');
  await acceptReview(w, 'Hostile');
  await w.see('.AppTile', 'Hostile');
});
