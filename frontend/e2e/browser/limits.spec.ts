// Limits of an app, as a person sees and changes them, and what the app is told.
import type { Frame, Page } from '@playwright/test';
import { accessible } from '../lib/axe';
import { saved, writeNote } from '../lib/notes';
import { probe } from '../lib/packages';
import { notesPackage } from '../lib/paths';
import { expect, test } from '../lib/test';
import type { SqlTag, Vault } from '../../sdk/src/index';

declare const vault: Vault;
declare const sql: SqlTag;

const storage = (page: Page) => page.getByRole('combobox', { name: 'Storage for its tables' });

/** The app's own tab, not that of its details. */
const tabOf = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });

const frameOf = (page: Page): Frame => {
  const found = page.frames().find((f) => f.url().includes('/_ext/'));
  if (!found) throw new Error('no frame');
  return found;
};

/** Writes four megabytes; gives how often that went well before it was refused, and with what. */
const fill = (frame: Frame, times: number) =>
  frame.evaluate(async (times) => {
    const t = vault.table('things');
    for (let i = 0; i < times; i++) {
      try {
        const id = crypto.randomUUID();
        await vault.db.execute(sql`INSERT INTO ${t} (id, value) VALUES (${id}, zeroblob(${4_000_000}))`);
      } catch (error) {
        const { code, message } = error as { code: string; message: string };
        return { written: i, code, message };
      }
    }
    return { written: times };
  }, times);

test('a storage limit that is reached is told in a sentence, and raised without a restart', async ({
  home,
  host,
  page,
}) => {
  await home.makeVault([await probe(home)]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Probe');
  await host.details('Probe');
  await expect(storage(page)).toHaveValue('256000000');
  await storage(page).selectOption({ label: '16 MB' });
  await expect(storage(page)).toBeEnabled();
  await expect(storage(page)).toHaveValue('16000000');
  await accessible(page, 'details with limits');

  await tabOf(page, 'Probe').click();
  const full = await fill(frameOf(page), 10);
  expect(full).toEqual({
    written: 3,
    code: 'quota.storage',
    message: expect.stringMatching(
      /^The app may keep 16 MB in this vault.*Nothing of it was saved\./,
    ) as unknown,
  });
  const count = () =>
    frameOf(page).evaluate(() => vault.db.query(sql`SELECT count(*) AS n FROM ${vault.table('things')}`));
  expect(await count()).toEqual([{ n: 3 }]);

  await host.details('Probe');
  await expect(page.getByText(/^It uses 12(\.\d)? MB\./)).toBeVisible();
  await storage(page).selectOption({ label: '64 MB' });
  await expect(storage(page)).toBeEnabled();
  await tabOf(page, 'Probe').click();
  expect(await fill(frameOf(page), 2)).toEqual({ written: 2 });
  expect(await count()).toEqual([{ n: 5 }]);
});

test('Notes keeps what it may not save, and saves it when the limit is raised', async ({
  home,
  host,
  page,
}) => {
  await home.makeVault([notesPackage]);
  await home.alcove('ext', 'limits', 'notes', ...home.vaultFlags, '--set', 'storage=1MB');
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  const notes = await host.openApp('Notes');
  await writeNote(notes, 'Long', 'short');
  const text = 'quince '.repeat(200_000);
  await notes.getByLabel('Text, in Markdown').fill(text);
  await expect(notes.getByText(/could not be saved: The app may keep 1 MB in this vault/)).toBeVisible();
  await accessible(page, 'a note that could not be saved');
  await host.details('Notes');
  await expect(storage(page)).toHaveValue('1000000');
  await storage(page).selectOption({ label: '256 MB (usual)' });
  await expect(storage(page)).toBeEnabled();
  await tabOf(page, 'Notes').click();
  // It tries again by itself after a while; who does not want to wait presses the button.
  const done = notes.getByText('Saved', { exact: true });
  await notes.getByRole('button', { name: 'Try now' }).or(done).first().click();
  await saved(notes);
  await page.reload();
  await expect((await host.shown('Notes')).getByLabel('Text, in Markdown')).toHaveValue(text);
});
