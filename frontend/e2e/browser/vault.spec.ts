// Getting in and out of a vault.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { passphrase } from '../lib/alcove';
import { accessible } from '../lib/axe';
import { probe } from '../lib/packages';
import { patient } from '../lib/patience';
import { expect, test } from '../lib/test';

test('a wrong passphrase is told in plain words, and takes longer each time', async ({
  home,
  host,
  page,
}) => {
  await home.makeVault();
  await host.open((await home.serve()).url);
  const wrong = async (text: string) => {
    await host.passphrase.fill(text);
    await page.keyboard.press('Enter');
    await expect(page.getByText('That passphrase doesn’t open Home.')).toBeVisible();
  };
  await wrong('not this one');
  await accessible(page, 'unlock, wrong');
  await wrong('nor this');
  await wrong('nor that');
  await expect(page.getByRole('button', { name: /^Try again in \d+ s$/ })).toBeDisabled();
  await expect(page.getByText('3 tries so far.', { exact: false })).toBeVisible();
  await host.unlock(); // waits for the button by itself, and there is no lock-out
});

test('the lock button and Ctrl+L lock, and the page keeps nothing', async ({ home, host, page }) => {
  await home.makeVault([await probe(home)]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  let app = await host.openApp('Probe');
  await app.getByLabel('Type here').fill('typed, and not saved by any button');
  await host.button(/^Lock vault/).click();
  await expect(host.passphrase).toBeVisible();
  await expect(page.locator('iframe')).toHaveCount(0);
  await host.unlock();
  app = await host.shown('Probe');
  await expect(app.getByLabel('Type here')).toHaveValue('typed, and not saved by any button');
  await host.tab('Probe').focus();
  await page.keyboard.press('Control+l');
  await expect(host.passphrase).toBeVisible();
  expect(await page.content()).not.toContain('Probe');
});

test('the passphrase can be changed, and only the new one opens the vault', async ({ home, host, page }) => {
  await home.makeVault();
  const before = await readFile(join(home.vault, 'key.recovery.age'));
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.settings('Security');
  await host.button('Change').click();
  const dialog = page.getByRole('dialog', { name: 'Change the passphrase' });
  await accessible(page, 'change passphrase');
  const change = async (old: string, text: string) => {
    await dialog.getByLabel('Current passphrase', { exact: true }).fill(old);
    await dialog.getByLabel('New passphrase', { exact: true }).fill(text);
    await dialog.getByLabel('Type it once more').fill(text);
    await host.button('Change it', dialog).click();
  };
  await change('wrong old one', 'tall grass by the weir');
  await expect(dialog.getByRole('alert').filter({ hasText: /\w/ })).toBeVisible();
  await expect(dialog.getByLabel('Current passphrase', { exact: true })).toBeFocused();
  await change(passphrase, 'tall grass by the weir');
  await expect(page.getByText('The passphrase was changed.')).toBeVisible(patient);
  expect(await readFile(join(home.vault, 'key.recovery.age'))).toEqual(before);
  await host.lock();
  await host.passphrase.fill(passphrase);
  await host.button('Unlock').click();
  await expect(page.getByText('That passphrase doesn’t open Home.')).toBeVisible();
  await host.unlock('tall grass by the weir');
});

test('an idle vault warns before it locks, and can be kept open', async ({ home, host, page }) => {
  test.slow(); // three times half a minute, and what is around them
  await home.makeVault();
  // The runner's own looks at the page count as a person's use of it.
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'userActivation', { value: { isActive: false } });
  });
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.settings('Security');
  await page.getByLabel('Lock after no use').selectOption('1');
  const warning = page.getByRole('alertdialog', { name: /The vault locks in \d+ seconds?\./ });
  await expect(warning).toBeVisible(patient);
  await accessible(page, 'idle warning');
  await host.button('Stay unlocked', warning).click();
  await expect(warning).toBeHidden();
  await expect(warning).toBeVisible(patient);
  await expect(host.passphrase).toBeVisible(patient);
});

test('a vault that is open elsewhere is refused with a clear message', async ({ home, host, page }) => {
  await home.makeVault();
  const locked = await home.serve();
  const open = await home.serve({ unlocked: true });
  const check = await home.run('vault', 'check', home.vault, '--passphrase-file', home.passphraseFile);
  expect(check.status).toBe(4);
  await expect(home.serve()).rejects.toThrow('already open in another window or program');
  await host.open(locked.url);
  await host.passphrase.fill(passphrase);
  await host.button('Unlock').click();
  await expect(page.getByRole('heading', { name: 'This vault is open elsewhere' })).toBeVisible();
  await accessible(page, 'open elsewhere');
  expect(await open.stop()).toBe(0);
  await host.unlock();
});

test('a page without the secret of its address gets nothing', async ({ home, host, page }) => {
  await home.makeVault();
  const { url } = await home.serve({ unlocked: true });
  await host.open(url.replace(/#.*/, ''));
  await expect(page.getByRole('heading', { name: 'This page has lost its key' })).toBeVisible();
  await accessible(page, 'no token');
  const status = await page.evaluate(
    async () => (await fetch('/_host/api/app.state', { method: 'POST' })).status,
  );
  expect(status).toBe(403);
  await host.open(url.replace(/#token=.*/, `#token=${'A'.repeat(43)}`));
  await expect(page.getByRole('heading', { name: 'This page has lost its key' })).toBeVisible();
});

test('a damaged file is named, and nothing is touched', async ({ home, host, page }) => {
  await home.makeVault();
  const { writeFile } = await import('node:fs/promises');
  const path = join(home.vault, 'vault.db');
  const bytes = await readFile(path);
  for (let i = 4096; i < bytes.length; i += 512) bytes[i] = (bytes[i] ?? 0) ^ 0x40;
  await writeFile(path, bytes);
  await host.open((await home.serve()).url);
  await host.passphrase.fill(passphrase);
  await host.button('Unlock').click();
  await expect(page.getByRole('heading', { name: 'This vault is damaged' })).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: 'vault.db' })).toBeVisible();
  await accessible(page, 'damaged');
  expect(await readFile(path)).toEqual(bytes);
  expect(existsSync(join(home.vault, 'key.pass.age'))).toBe(true);
});

test('a kit is taken from its sheet, and a wrong one is told before a passphrase is chosen', async ({
  home,
  host,
  page,
}) => {
  test.slow(); // three derivations of a key
  await host.open((await home.serve()).url);
  const { words, kitFile } = await host.createVault();
  await host.button('Not now').click();
  await expect(host.button('Add Notes')).toBeFocused();
  await host.lock();
  await host.button('Use recovery kit').click();
  const field = page.getByLabel('Recovery words');
  await field.fill([...words.slice(0, 22), words[23], words[22]].join(' '));
  await host.button('Continue').click();
  await expect(page.getByRole('alert').filter({ hasText: 'two are exchanged' })).toBeVisible();
  await expect(field).toBeFocused();
  await accessible(page, 'recovery, wrong');
  await field.fill(`${words.join(' ')} and more`);
  await expect(page.getByText('These are 26 words, and a kit has 24.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Continue' })).toBeDisabled();
  await field.fill(kitFile);
  await host.button('Continue').click();
  await expect(page.getByRole('heading', { name: 'New passphrase' })).toBeVisible();
  await expect(page.getByLabel('New passphrase', { exact: true })).toBeFocused();
  await page.getByLabel('New passphrase', { exact: true }).fill('tall grass by the weir');
  await page.getByLabel('Type it once more').fill('tall grass by the weir');
  await host.button('Unlock and set it').click();
  await host.atHome();
});

test('the folder of the vault is shown', async ({ home, host, page }) => {
  await home.makeVault();
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.settings('About');
  await expect(page.getByText(home.vault, { exact: true })).toBeVisible();
  await expect(host.button('Copy the folder’s path')).toBeVisible();
});
