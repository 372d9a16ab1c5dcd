// A package made with React for haex-vault: questions that it waits for, and
// file dialogs; beside it an app that sees none of that.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import type { Page } from '@playwright/test';
import { choose, expect, haexFrame, test } from '../lib/haex-test';
import { armed, prompt } from '../lib/prompts';

declare const haex: HaexVaultSdk;

test.slow(); // packages are built, and installed

const picker = (page: Page) => page.getByRole('dialog', { name: / for Files$/ });

test.beforeEach(async ({ haex: packages, home, host }) => {
  await mkdir(join(home.home, 'Documents/Trip'), { recursive: true });
  await writeFile(join(home.home, 'Documents/plan.md'), 'the plan');
  await writeFile(join(home.home, 'Documents/Trip/old.txt'), 'old');
  await writeFile(join(home.home, 'Documents/secret.txt'), 'secret');
  await home.makeVault();
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.pick(await packages.build('react'));
  await host.accept();
});

test('an app is asked about once, waits for the person, and goes on', async ({ home, host, page }) => {
  const app = await host.openApp('Files');
  await expect(app.locator('#state')).toHaveText(/^ready /);
  await expect(app.locator('#lazy')).toBeVisible();
  await app.locator('#path').fill(join(home.home, 'Documents/plan.md'));
  await app.locator('#read').click();
  await armed(page);
  await host.button('Once', prompt(page)).click();
  await expect(app.locator('#read-out')).toHaveText('the plan');

  await app.locator('#write').click();
  await armed(page);
  await host.button('Don’t allow', prompt(page)).click();
  await expect(app.locator('#write-out')).toHaveText(/^code 1002 /);
  expect(await readFile(join(home.home, 'Documents/plan.md'), 'utf8')).toBe('the plan');

  await app.locator('#path').fill(join(home.home, 'Documents/secret.txt'));
  await app.locator('#read').click();
  await expect(app.locator('#read-out')).toHaveText(/^code 1002 /);
  await expect(prompt(page)).toBeHidden();
});

test('what the person picks is the permission, and another app has none of it', async ({
  haex: packages,
  home,
  host,
  page,
}) => {
  const documents = join(home.home, 'Documents');
  await host.pick(await packages.build('svelte'));
  await host.accept();
  await host.openApp('Terminal');
  const other = await haexFrame(page, 'Terminal');
  await other.evaluate(() => {
    const seen: unknown[] = [];
    for (const type of ['filesync:file-changed', 'shell:output', 'extension:permission-resolved'])
      haex.on(type, (event) => seen.push(event));
    Object.assign(globalThis, { seen });
  });
  const app = await host.openApp('Files');
  await expect(app.locator('#state')).toHaveText(/^ready /);

  await app.locator('#pick').click();
  await picker(page).getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
  await picker(page).getByRole('option', { name: 'plan.md' }).click();
  await expect(picker(page).getByRole('option', { selected: true })).toHaveText(/plan\.md/);
  await choose(picker(page), 'Choose');
  await expect(app.locator('#pick-out')).toHaveText('the plan');
  await expect(prompt(page)).toBeHidden();

  await app.locator('#folder').click();
  await picker(page).getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
  await picker(page).getByRole('option', { name: 'Trip' }).click();
  await choose(picker(page), 'Choose');
  await expect(app.locator('#folder-out')).toHaveText('["new.txt","old.txt"]');
  await writeFile(join(documents, 'Trip/later.txt'), 'later');
  await expect(app.locator('#events')).toContainText('later.txt');

  await app.locator('#save').click();
  const saving = page.getByRole('dialog', { name: 'Choose where Files saves' });
  await saving.getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
  await choose(saving, 'Save here');
  await expect(app.locator('#save-out')).toHaveText('true');
  expect(await readFile(join(documents, 'plan.txt'), 'utf8')).toBe('saved');

  const frame = await haexFrame(page, 'Files');
  await frame.evaluate(() => haex.storage.setItem('colour', 'green'));
  const reached = await other.evaluate(async (path) => {
    const code = (work: Promise<unknown>) =>
      work.then(JSON.stringify, (error: unknown) => (error as { code: number }).code);
    return {
      file: await code(haex.filesystem.readFile(`${path}/plan.md`)),
      folder: await code(haex.filesystem.readDir(`${path}/Trip`)),
      value: await code(haex.storage.getItem('colour')),
      seen: (globalThis as unknown as { seen: unknown[] }).seen,
    };
  }, documents);
  expect(reached).toEqual({ file: 1002, folder: 1002, value: 'null', seen: [] });
});
