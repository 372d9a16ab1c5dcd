// The main job in the real window: make a vault, install by drop and by
// argument, review, use, be killed, come back, and leave no plaintext anywhere.
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enough } from '../lib/patience';
import { expect, test } from './fixtures';
import { AppWindow, repo, run, testBinary, until } from './harness';
import { acceptReview, createVault, notesPackage, openApp, pack, prepareVault, unlock } from './product';
import { search, traces } from './search';

const title = 'Quarterly zebrafish ledger';
const body = 'The ossifrage circles above the frozen quay';

async function writeNote(w: AppWindow): Promise<void> {
  await w.clickInFrame('button[aria-label="New note"]');
  await w.fillInFrame('[aria-label="Title"]', title);
  await w.fillInFrame('textarea[aria-label="Text, in Markdown"]', body);
  await until('the note to be saved', async () => {
    const frame = await w.findInFrame('main');
    return frame.text.includes('Saved') && !frame.text.includes('Saving');
  });
}

test('create, install, write, kill, come back; no plaintext on the disk', async ({
  home,
  desktop,
  start,
  adopt,
}) => {
  test.slow();
  const packages = join(home.dir, 'packages');
  await mkdir(packages);
  await cp(notesPackage, join(packages, 'notes.alcove'));
  const second = await pack(
    home,
    join(repo, 'frontend/e2e/attack/app'),
    join(packages, 'second.alcove'),
    'second',
  );

  let w = await start();
  await w.screenshot('onboarding-name');
  const kit = join(home.dir, 'kit.txt');
  const words = await createVault(w, kit);
  expect((await stat(kit)).mode & 0o777).toBe(0o600);
  const recent = join(home.home, '.local/share/recently-used.xbel');
  expect(existsSync(recent), 'the list of recent files').toBe(false);
  await w.screenshot('onboarding-apps');
  await w.click('.Foot button', 'Not now');
  await w.see('h2', 'Apps');
  await w.screenshot('home-empty');

  // Dropped on the window, refused: no trace.
  await w.drop(join(packages, 'notes.alcove'));
  await w.see('.InstallReview');
  await w.screenshot('review');
  await w.click('[data-cancel]');
  await until('the review to close', async () => !(await w.find('.InstallReview')).found);
  expect((await w.find('.AppTile')).found).toBe(false);

  // Dropped again and accepted; the other one handed over by a second start.
  await w.drop(join(packages, 'notes.alcove'));
  await acceptReview(w, 'Notes');
  const handed = run(testBinary, ['../packages/second.alcove'], {
    cwd: home.home,
    env: home.env(desktop.display),
  });
  await w.see('.InstallReview');
  await handed;
  await acceptReview(w, 'Hostile');
  await w.see('.AppTile', 'Hostile');
  await w.screenshot('home');

  await openApp(w, 'Notes');
  await writeNote(w);
  await w.screenshot('notes');

  const tables = ['__notes__notes', '__notes__folders'];
  const needles = {
    title,
    body,
    ...Object.fromEntries(tables.map((t) => [`table ${t}`, t])),
    ...(await traces(notesPackage)),
    ...(await traces(second)),
  };
  const folders = [home.home, join(home.dir, 'tmp'), join(home.dir, 'run'), '/dev/shm'];
  expect(await search(folders, needles), 'while it is open').toEqual([]);

  await w.kill9();
  expect(await search(folders, needles), 'after kill -9').toEqual([]);

  w = adopt(await AppWindow.start(desktop, home));
  await w.see('#passphrase');
  await w.screenshot('unlock');
  await unlock(w, words);
  await w.see('.Frame:not(.is-waiting)', undefined, enough);
  await until('the note to be there', async () => (await w.findInFrame('main')).text.includes(title));
  await w.clickInFrame('[aria-label="All notes"] li, .list li, [role="option"]').catch(() => undefined);
  await until(
    'its text to be there',
    async () =>
      (await w.findInFrame('textarea[aria-label="Text, in Markdown"]')).value?.includes(body) ??
      (await w.findInFrame('main')).text.includes(body),
  );
  await w.screenshot('notes-again');
  await w.stop();
  expect(await w.ended()).toBe(0);
  expect(await search(folders, needles), 'after quitting').toEqual([]);

  // The search finds what is there: in each folder, in a file's end and in a name.
  for (const folder of folders.slice(0, 3)) {
    await appendFile(join(folder, 'planted'), `${'x'.repeat(100_000)}${body}`);
    await writeFile(join(folder, 'planted-alcove.sig.json'), '');
  }
  const planted = await search(folders, needles);
  for (const folder of folders.slice(0, 3)) {
    expect(planted).toContainEqual({ file: join(folder, 'planted'), needle: 'body' });
    expect(planted).toContainEqual({
      file: join(folder, 'planted-alcove.sig.json'),
      needle: 'name of alcove.sig.json',
    });
  }
  const vault = join(home.home, '.local/share/alcove/Home');
  expect((await readdir(vault)).sort()).toEqual(['key.pass.age', 'key.recovery.age', 'lock', 'vault.db']);
});

test('a file named on the command line waits for the unlock and is reviewed', async ({ home, start }) => {
  await prepareVault(home);
  const w = await start({ args: [notesPackage] });
  await unlock(w);
  await acceptReview(w, 'Notes');
  await w.see('.AppTile', 'Notes');
});

test('a dragged address that is no package says so', async ({ home, start }) => {
  await prepareVault(home);
  const w = await start();
  await unlock(w);
  const file = join(home.dir, 'not-a-package.alcove');
  await writeFile(file, 'not a zip');
  await w.drop(file);
  await w.see('h1, h2, [role="alertdialog"]', 'This file can’t be installed');
});
