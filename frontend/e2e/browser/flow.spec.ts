// The main job, end to end: make a vault, add Notes, write, be killed, come
// back, find the note. Every screen on the way is accessible, and nothing of
// it is on the disk in the clear.
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessible } from '../lib/axe';
import { titleField, writeNote } from '../lib/notes';
import { notesPackage } from '../lib/paths';
import { search, traces } from '../lib/plaintext';
import { expect, test } from '../lib/test';

const TITLE = 'Orchard inventory';
const BODY = 'quinces-ripen-before-the-medlars 73\n\n- [ ] prune';

test('a person makes a vault, writes a note, and finds it after a crash', async ({ home, host, page }) => {
  test.slow();
  const look = (name: string) => accessible(page, name);
  let server = await home.serve();
  expect((await stat(await urlFile(home.dir))).mode & 0o777, 'the address is a secret').toBe(0o600);

  await host.open(server.url);
  await expect(page.getByRole('heading', { name: 'A vault for your apps' })).toBeVisible();
  const created = await host.createVault(look);
  expect(created.words).toHaveLength(24);
  for (const word of created.words) expect(created.kitFile).toContain(word);
  await look('onboarding-apps');

  await host.button('Review and add').click();
  await expect(host.review(/^Review Notes/)).toBeVisible();
  await look('review');
  await host.button('Cancel').click();
  await expect(page.getByText('Added')).toBeHidden();
  await host.button('Review and add').click();
  await host.accept();
  await expect(page.getByText('Added')).toBeVisible();
  await expect(page.getByText('It is empty')).toBeHidden();
  await host.button('Go to Home').click();
  await host.atHome();
  await look('home');

  const notes = await host.openApp('Notes');
  await look('notes-empty');
  await writeNote(notes, TITLE, BODY);
  await look('notes');
  await server.kill();

  server = await home.serve();
  await host.open(server.url);
  await look('unlock');
  await host.unlock(created.passphrase);
  // The tab that was open is open again.
  const again = await host.shown('Notes');
  await expect(titleField(again)).toHaveValue(TITLE);
  await expect(again.getByLabel('Text, in Markdown')).toHaveValue(BODY);
  await host.settings('Security');
  await look('settings-security');
  await host.settings('Appearance');
  await look('settings-appearance');
  await host.settings('About');
  await look('settings-about');
  await host.tab('Notes').click();
  await host.details('Notes');
  await look('details');

  // While it runs, and after it ended: nothing readable, and the search would find it.
  const needles = {
    ...(await traces(notesPackage)),
    title: TITLE,
    body: 'quinces-ripen-before-the-medlars',
    table: '__notes__',
    passphrase: created.passphrase,
    'a word of the kit': `${created.words[0] ?? ''} ${created.words[1] ?? ''}`,
  };
  expect(await search(home.searched, needles)).toEqual([]);
  expect(await server.stop()).toBe(0);
  expect(await search(home.searched, needles)).toEqual([]);
  await writeFile(join(home.vault, 'planted'), `xx${BODY}yy`);
  expect(await search(home.searched, needles)).toEqual([
    { file: join(home.vault, 'planted'), needle: 'body' },
  ]);
});

test('the kit on paper opens the vault it was made for', async ({ home, host, page }) => {
  const server = await home.serve();
  await host.open(server.url);
  const created = await host.createVault();
  expect(created.kitFile).toMatch(/AGE-SECRET-KEY-1[0-9A-Z]+/);
  for (const name of ['vault.db', 'key.pass.age', 'key.recovery.age']) {
    expect(existsSync(join(home.vault, name)), name).toBe(true);
  }
  await host.button('Not now').click();
  await host.lock();
  await host.button('Use recovery kit').click();
  await accessible(page, 'recovery');
  await page.getByLabel('Recovery words').fill(created.words.join('\n'));
  await host.button('Continue').click();
  await accessible(page, 'recovery-passphrase');
  await page.getByLabel('New passphrase', { exact: true }).fill('a wholly new passphrase');
  await page.getByLabel('Type it once more').fill('a wholly new passphrase');
  await host.button('Unlock and set it').click();
  await host.atHome();
  await host.lock();
  await host.passphrase.fill(created.passphrase);
  await host.button('Unlock').click();
  await expect(page.getByRole('alert').filter({ hasText: 'doesn’t open' })).toBeVisible();
});

async function urlFile(dir: string): Promise<string> {
  const { readdir } = await import('node:fs/promises');
  const names = await readdir(join(dir, 'out'));
  const path = join(dir, 'out', names.find((n) => n.startsWith('url-')) ?? '');
  expect(await readFile(path, 'utf8')).toContain('http://127.0.0.1:');
  return path;
}
