// Notes in the vault it is made for.
import { encode } from '@msgpack/msgpack';
import type { FrameLocator } from '@playwright/test';
import { accessible } from '../lib/axe';
import { newFolder, saved, titleField, writeNote } from '../lib/notes';
import { notesPackage } from '../lib/paths';
import { expect, test } from '../lib/test';

let notes: FrameLocator;
let url: string;

test.beforeEach(async ({ home, host }) => {
  await home.makeVault([notesPackage]);
  ({ url } = await home.serve({ unlocked: true }));
  await host.open(url);
  await host.atHome();
  notes = await host.openApp('Notes');
});

const row = (title: string) => notes.getByRole('option', { name: title });

test('folders hold notes, and give them to the trash when they go', async ({ page }) => {
  await newFolder(notes, 'Garden');
  await notes.getByRole('button', { name: /^Garden/ }).click();
  await writeNote(notes, 'Roses', 'prune in *March*');
  await notes.getByRole('button', { name: /^All notes/ }).click();
  await writeNote(notes, 'Letters', 'to write');
  await expect(row('Roses')).toBeVisible();

  await row('Letters').click();
  await notes.getByRole('button', { name: 'More', exact: true }).click();
  await notes.getByRole('menuitem', { name: 'Move to folder…' }).click();
  await accessible(page, 'move to folder');
  await notes.getByRole('radio', { name: 'Garden' }).check();
  await notes.getByRole('button', { name: 'Move here' }).click();
  await notes.getByRole('button', { name: /^Garden/ }).click();
  await expect(row('Letters')).toBeVisible();
  await expect(row('Roses')).toBeVisible();

  await notes.getByRole('button', { name: 'Folder Garden: more' }).click();
  await notes.getByRole('menuitem', { name: 'Delete folder' }).click();
  const question = notes.getByRole('alertdialog', { name: 'Delete the folder “Garden”?' });
  await expect(question).toContainText('Its 2 notes go to the trash.');
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await question.getByRole('button', { name: 'Delete folder' }).click();
  await notes.getByRole('button', { name: /^Trash/ }).click();
  await expect(notes.getByRole('option')).toHaveCount(2);
  await row('Roses').click();
  await accessible(page, 'a note in the trash');
  await notes.getByRole('button', { name: 'Restore' }).first().click();
  await notes.getByRole('button', { name: 'Empty the trash' }).click();
  await notes.getByRole('alertdialog').getByRole('button', { name: 'Empty the trash' }).click();
  await expect(notes.getByText('The trash is empty')).toBeVisible();
  await notes.getByRole('button', { name: /^All notes/ }).click();
  await expect(notes.getByRole('option')).toHaveCount(1);
  await page.reload();
  await notes.getByRole('button', { name: /^All notes/ }).click();
  await expect(row('Roses')).toBeVisible();
  await expect(notes.getByRole('option')).toHaveCount(1);
});

test('search finds words in title and text, with and without accents', async ({ page }) => {
  await writeNote(notes, 'Trip', 'a flat near Graça');
  await writeNote(notes, 'Bicycle', 'new chain');
  await page.keyboard.press('Control+f');
  await page.keyboard.type('GRACA');
  await expect(notes.getByRole('option')).toHaveCount(1);
  await expect(notes.locator('mark')).toHaveText(['Graça']);
  await accessible(page, 'notes, searching');
  await page.keyboard.press('Enter');
  await expect(titleField(notes)).toHaveValue('Trip');
  await page.keyboard.press('Escape');
  await expect(notes.getByRole('option')).toHaveCount(2);
});

test('the preview runs nothing, leads nowhere and shows addresses', async ({ page }) => {
  const requests: string[] = [];
  page.on('request', (r) => requests.push(r.url()));
  await writeNote(
    notes,
    'Hostile',
    [
      '<img src=x onerror="window.hit=1"><script>window.hit=1</script>',
      '[go](https://evil.example/x) ![p](https://evil.example/p.png)',
      '![dot](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)',
      '- [ ] task',
    ].join('\n\n'),
  );
  await page.keyboard.press('Control+p');
  const preview = notes.getByRole('document', { name: 'Preview' });
  await expect(preview).toContainText('https://evil.example/x');
  await expect(preview.locator('a, script')).toHaveCount(0);
  await expect(preview.locator('img')).toHaveCount(1);
  await accessible(page, 'notes, text and preview');
  await preview.getByRole('checkbox', { name: 'task' }).check();
  await expect(notes.getByLabel('Text, in Markdown')).toHaveValue(/- \[x\] task/);
  expect(requests.filter((r) => r.includes('evil'))).toEqual([]);
});

test('nothing typed is lost when the vault locks a moment later', async ({ host, page }) => {
  await writeNote(notes, 'Kept', 'first');
  await notes.getByLabel('Text, in Markdown').press('End');
  await page.keyboard.type(' and the very last words');
  await host.button(/^Lock vault/).click();
  await host.unlock();
  const again = await host.shown('Notes');
  await expect(again.getByLabel('Text, in Markdown')).toHaveValue('first and the very last words');
});

test('an untouched new note leaves nothing behind', async ({ page }) => {
  await writeNote(notes, 'Only', 'this');
  await notes.getByRole('button', { name: 'New note', exact: true }).first().click();
  await expect(notes.getByRole('option')).toHaveCount(2);
  await row('Only').click();
  await expect(notes.getByRole('option')).toHaveCount(1);
  await page.reload();
  await expect(notes.getByRole('option')).toHaveCount(1);
});

test('pinning and sorting hold after a reload', async ({ page }) => {
  for (const title of ['Cherry', 'Apple', 'Banana']) await writeNote(notes, title, 'x');
  await row('Cherry').click();
  await notes.getByRole('button', { name: 'Pin to the top' }).click();
  await notes.getByRole('button', { name: 'Sort by' }).click();
  // Where one was is remembered half a second later, with the order.
  const order = Buffer.from(encode({ sort: 'title' })).subarray(1);
  const remembered = page.waitForResponse((r) => r.request().postDataBuffer()?.includes(order) === true);
  await notes.getByRole('menuitemradio', { name: 'Title' }).click();
  const titles = () => notes.getByRole('option').locator('.title').allInnerTexts();
  const want = ['Cherry', 'Apple', 'Banana'];
  await expect.poll(titles).toEqual(want);
  await (await remembered).finished();
  await page.reload();
  await expect.poll(titles).toEqual(want);
});

test('it works in a narrow window', async ({ page }) => {
  await writeNote(notes, 'Narrow', 'text');
  await page.setViewportSize({ width: 560, height: 700 });
  await expect(titleField(notes)).toBeVisible();
  await accessible(page, 'notes, narrow');
  await notes.getByRole('button', { name: 'Back to the list' }).click();
  await expect(row('Narrow')).toBeVisible();
  await notes.getByRole('button', { name: 'Show folders' }).click();
  await accessible(page, 'notes, folders over the list');
  await notes.getByRole('button', { name: /^Trash/ }).click();
  await expect(notes.getByText('The trash is empty')).toBeVisible();
});

test('ten thousand words are typed without losing one', async ({ page }) => {
  await writeNote(notes, 'Long', '');
  const text = Array.from({ length: 10_000 }, (_, i) => `word${String(i)}`).join(' ');
  await notes.getByLabel('Text, in Markdown').fill(text);
  await saved(notes);
  await page.reload();
  await expect(notes.getByLabel('Text, in Markdown')).toHaveValue(/^word0 .* word9999$/);
  await expect(notes.getByText('10,000 words').or(notes.getByText('10000 words'))).toBeVisible();
});
