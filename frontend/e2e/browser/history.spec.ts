// The data of an app as a person sees it: going back in time, and taking it out.
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { passphrase } from '../lib/alcove';
import { accessible } from '../lib/axe';
import type { HostPage } from '../lib/host';
import { saved, titleField, writeNote } from '../lib/notes';
import { notesPackage } from '../lib/paths';
import { expect, test } from '../lib/test';

const tabOf = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });
const history = (page: Page) => page.getByRole('region', { name: 'History' });
const looks = (page: Page) => history(page).getByRole('button', { name: /^Look at / });
const question = (page: Page) => page.getByRole('alertdialog', { name: /^Put Notes back to / });

/** Reads a table of small numbers by the name of its row. */
const cells = async (dialog: Locator, table: string): Promise<number[]> =>
  (await dialog.getByRole('row', { name: table }).getByRole('cell').allInnerTexts()).map(Number);

/** Opens the vault and Notes, and writes a note that is then spoilt. */
async function spoil(host: HostPage, url: string): Promise<void> {
  await host.open(url);
  await host.atHome();
  const notes = await host.openApp('Notes');
  await writeNote(notes, 'Lisbon', 'Drop the bags, walk down through Alfama');
  await titleField(notes).fill('Spoilt');
  await notes.getByLabel('Text, in Markdown').fill('gone');
  await saved(notes);
  await host.details('Notes');
}

test('Notes goes back to a moment, and forward again', async ({ home, host, page }) => {
  test.slow(); // three visits to the app, and axe after each step
  await home.makeVault([notesPackage]);
  const { url } = await home.serve({ unlocked: true });
  await spoil(host, url);
  await expect(history(page).getByText(/notes: 1 added/)).toBeVisible();
  await accessible(page, 'details with a history');

  // The last moment whose note has its first words is found by looking.
  const count = await looks(page).count();
  expect(count).toBeGreaterThan(1);
  await looks(page).first().click();
  const same = page.getByRole('alertdialog', { name: 'Nothing to put back in Notes' });
  await expect(same).toContainText('Nothing was changed.');
  await expect(same.getByRole('button', { name: 'Close' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(same).toBeHidden();
  await expect(looks(page).first()).toBeFocused();

  await looks(page).last().click();
  const dialog = question(page);
  await expect(dialog).toBeVisible();
  expect((await cells(dialog, 'notes'))[1]).toBe(1);
  await expect(dialog).toContainText('Notes is open. It saves and closes first.');
  await accessible(page, 'going back, asked');
  await dialog.getByRole('button', { name: 'Leave it as it is' }).click();
  await expect(dialog).toBeHidden();
  await expect(tabOf(page, 'Notes')).toBeVisible();

  await looks(page).last().click();
  await dialog.getByRole('button', { name: 'Put back' }).click();
  await expect(dialog).toBeHidden();
  const done = history(page).getByRole('status');
  await expect(done).toContainText(/^Notes is as it was on .*: 1 row was changed\./);
  await expect(tabOf(page, 'Notes')).toBeHidden();
  await accessible(page, 'gone back');

  let notes = await host.openApp('Notes');
  await expect(notes.getByRole('option')).toHaveCount(1);
  await expect(notes.getByText('Spoilt')).toHaveCount(0);

  await host.details('Notes');
  await looks(page).first().click();
  await expect(same).toBeVisible();
  await page.keyboard.press('Escape');
  // What was put back is a moment like any other, and so is what was before it, also
  // for who comes back later.
  await expect(history(page).getByText(/^Put back to .*: notes: 1 changed$/)).toBeVisible();
  await history(page)
    .getByRole('button', { name: /^Look at .* Before it was put back to / })
    .click();
  await dialog.getByRole('button', { name: 'Put back' }).click();
  await expect(done).toContainText('1 row was changed');
  notes = await host.openApp('Notes');
  await notes.getByRole('option', { name: 'Spoilt' }).click();
  await expect(notes.getByLabel('Text, in Markdown')).toHaveValue('gone');
});

test('what was put back is undone by the keyboard alone', async ({ home, host, page }) => {
  await home.makeVault([notesPackage]);
  const { url } = await home.serve({ unlocked: true });
  await spoil(host, url);
  await looks(page).last().focus();
  await page.keyboard.press('Enter');
  await expect(question(page).getByRole('button', { name: 'Leave it as it is' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const undo = history(page).getByRole('button', { name: 'Undo…' });
  await expect(undo).toBeVisible();
  await undo.focus();
  await page.keyboard.press('Enter');
  await expect(question(page).getByRole('button', { name: 'Leave it as it is' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(question(page)).toBeHidden();
  await expect(history(page).getByRole('status')).toContainText('1 row was changed');
  const notes = await host.openApp('Notes');
  await expect(notes.getByRole('option', { name: 'Spoilt' })).toBeVisible();
});

test('the export asks for the passphrase and holds what Notes keeps', async ({ home, host, page }) => {
  await home.makeVault([notesPackage]);
  const { url } = await home.serve({ unlocked: true });
  await spoil(host, url);
  await host.button('Export data…').click();
  const dialog = page.getByRole('dialog', { name: 'Export the data of Notes?' });
  const field = dialog.getByLabel('Passphrase of this vault', { exact: true });
  await expect(field).toBeFocused();
  await expect(dialog.getByRole('button', { name: 'Export', exact: true })).toBeDisabled();
  await accessible(page, 'export');
  await field.fill('not this one');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('vault.wrong_passphrase');
  // The field has the focus again and what is in it is selected.
  await expect(field).toBeFocused();
  await page.keyboard.type(passphrase);
  const coming = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const file = await coming;
  await expect(dialog).toBeHidden();
  await expect(
    page.getByText(/^The data of Notes is in your downloads, as notes-\d{4}-\d\d-\d\d\.zip\./),
  ).toBeVisible();
  expect(file.suggestedFilename()).toMatch(/^notes-\d{4}-\d\d-\d\d\.zip$/);

  const unpacked = home.out('export');
  await mkdir(unpacked);
  // The files are in a folder that is called as the archive is.
  const out = `${unpacked}/${file.suggestedFilename().replace(/\.zip$/, '')}`;
  const zip = home.out('export.zip');
  await file.saveAs(zip);
  await promisify(execFile)('python3', ['-m', 'zipfile', '-e', zip, unpacked]);
  expect(await readFile(`${out}/csv/notes.csv`, 'utf8')).toContain('"Spoilt","gone"');
  const data = JSON.parse(await readFile(`${out}/data.json`, 'utf8')) as { tables: { name: string }[] };
  expect(data.tables.map(({ name }) => name).sort()).toEqual(['folders', 'notes']);
  expect((await readFile(`${out}/notes.sqlite`)).subarray(0, 15).toString()).toBe('SQLite format 3');
  expect(await readFile(`${out}/README.txt`, 'utf8')).toContain('NOT encrypted');
});

test('how long the past is kept is chosen, and forgetting it is asked', async ({ home, host, page }) => {
  await home.makeVault([notesPackage]);
  const { url } = await home.serve({ unlocked: true });
  await host.open(url);
  await host.atHome();
  await host.openApp('Notes');
  await host.details('Notes');
  await expect(page.getByText('There are none. When two devices change')).toBeVisible();
  const days = page.getByRole('combobox', { name: 'Keep the history for' });
  const share = page.getByRole('combobox', { name: 'The history may take' });
  await expect(days).toHaveValue('90');
  await expect(share).toHaveValue('20');
  await days.selectOption({ label: '30 days' });
  await expect(days).toBeEnabled();
  await share.selectOption({ label: '50 %' });
  await expect(share).toBeEnabled();
  await page.reload();
  await host.openApp('Notes');
  await host.details('Notes');
  await expect(days).toHaveValue('30');
  await expect(share).toHaveValue('50');

  await days.selectOption({ label: 'Keep none' });
  const dialog = page.getByRole('alertdialog', { name: 'Forget the history of Notes?' });
  await expect(dialog.getByRole('button', { name: 'Keep the history' })).toBeFocused();
  await accessible(page, 'forgetting a history');
  await page.keyboard.press('Escape');
  await expect(days).toHaveValue('30');
  await days.selectOption({ label: 'Keep none' });
  await dialog.getByRole('button', { name: 'Forget it' }).click();
  await expect(history(page)).toContainText('No history of Notes is kept');
  await expect(share).toBeHidden();
  await days.selectOption({ label: '90 days (usual)' });
  await expect(days).toHaveValue('90');
  await expect(history(page)).not.toContainText('No history of Notes is kept');
});

test('a time that is yet to come is refused in words', async ({ home, host, page }) => {
  await home.makeVault([notesPackage]);
  const { url } = await home.serve({ unlocked: true });
  await spoil(host, url);
  await page.getByLabel('Another time').fill('2090-01-01T00:00:00');
  await history(page).getByRole('button', { name: 'Look', exact: true }).click();
  await expect(history(page).getByRole('alert')).toContainText('This time is yet to come');
  const names = await looks(page).evaluateAll((list) => list.map((e) => e.getAttribute('aria-label')));
  expect(new Set(names).size).toBe(names.length);
});

test('what a window of 480 pixels shows of an app needs no scrolling sideways', async ({
  home,
  host,
  page,
}) => {
  await home.makeVault([notesPackage]);
  const { url } = await home.serve({ unlocked: true });
  await spoil(host, url);
  await page.setViewportSize({ width: 480, height: 760 });
  const wide = await page.locator('.Details').evaluate((details) => {
    const edge = details.parentElement?.getBoundingClientRect().right ?? 0;
    return [...details.querySelectorAll('*')]
      .filter((e) => e.getBoundingClientRect().right > edge + 1 && !e.closest('.vh'))
      .map((e) => `${e.tagName}.${e.className.toString()}`);
  });
  expect(wide).toEqual([]);
});
