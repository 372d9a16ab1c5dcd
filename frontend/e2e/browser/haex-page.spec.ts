// A package without a framework for haex-vault: what a page does by itself, in a
// frame that may do less than the one it was made for.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator, Page } from '@playwright/test';
import { choose, expect, test } from '../lib/haex-test';
import { armed, prompt } from '../lib/prompts';

test.describe.configure({ timeout: 180_000 });

let app: FrameLocator;
test.beforeEach(async ({ haex, home, host }) => {
  await mkdir(join(home.home, 'Documents'));
  await home.makeVault();
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.pick(await haex.build('plain'));
  await host.accept();
  app = await host.openApp('Plain page');
  await expect(app.locator('#state')).toHaveText(/^ready /);
});

/** Presses a button of the app, whose result then says this. */
async function does(step: string, result: string | RegExp): Promise<void> {
  await app.locator(`#${step}`).click();
  await expect(app.locator(`#${step}-out`)).toHaveText(result);
}

test('scripts in the page, storage, routes and workers', async () => {
  await does('scripts', 'inline inline');
  await does('storage', /^\["green",null,".*colour=green"\]$/);
  await does('history', '#/other');
  await does('module', 'module 42');
  await does('classic', 'classic 42 blob:');
  await does('blob', 'blob 42');
  await does('own', '200');
});

test('a question of the page is asked, and the answer counts', async () => {
  const card = app.getByRole('dialog');
  await does('alert', 'said');
  await expect(card).toHaveAccessibleName('Saved.');
  await card.getByRole('button', { name: 'OK' }).click();
  await expect(card).toBeHidden();

  await does('confirm', 'kept');
  await expect(card).toHaveAccessibleName('Delete the note?');
  await card.getByRole('button', { name: 'Cancel' }).click();
  await expect(app.locator('#note')).toBeVisible();
  await expect(app.locator('#confirm-out')).toHaveText('kept');

  await app.locator('#confirm').click();
  await card.getByRole('button', { name: 'OK' }).click();
  await expect(app.locator('#confirm-out')).toHaveText('deleted');
  await expect(app.locator('#note')).toHaveCount(0);

  // Another time is another question.
  await does('confirm', 'kept');
  await expect(card).toBeVisible();
});

test('what a page saves is saved where the person says', async ({ home, page }) => {
  const dialog = page.getByRole('dialog', { name: 'Choose where Plain page saves' });
  for (const [step, name, content] of [
    ['download', 'plan.ics', 'BEGIN:VCALENDAR'],
    ['data', 'hello.txt', 'hello'],
  ] as const) {
    await does(step, 'given');
    await expect(dialog.getByLabel('File name')).toHaveValue(name);
    await dialog.getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
    await choose(dialog, 'Save here');
    await expect
      .poll(() => readFile(join(home.home, 'Documents', name), 'utf8').catch(() => ''))
      .toBe(content);
  }
});

test('a link that leads out is answered in the page where there is no window', async ({ page }) => {
  const card = app.getByRole('dialog');
  for (const press of ['#outside', '#popup']) {
    await app.locator(press).click();
    await expect(card).toHaveAccessibleName(/\w/);
    await card.getByRole('button', { name: 'OK' }).click();
    await expect(card).toBeHidden();
  }
  expect(page.context().pages()).toHaveLength(1);
});

test('what it declares it reaches when the person says so, and nothing else', async ({
  haex,
  host,
  page,
}) => {
  const outside: string[] = [];
  page.on('request', (request) => outside.push(request.url()));
  for (const step of ['fetch', 'sdk']) {
    await app.locator(`#${step}`).click();
    for (const question of [`wants to reach ${haex.target.host}`, 'in your own network']) {
      await expect(prompt(page)).toHaveAccessibleName(new RegExp(question));
      await armed(page);
      await host.button('Once', prompt(page)).click();
    }
    await expect(app.locator(`#${step}-out`)).toHaveText('here');
  }
  expect(haex.target.asked).toEqual(['GET /page', 'GET /sdk']);
  await does('elsewhere', 'error Failed to fetch');
  await does('undeclared', /^code 1002 /);
  await expect(prompt(page)).toBeHidden();
  expect(outside.filter((url) => url.includes('other.example'))).toEqual([]);

  await seesTried(page, 2);
});

/** The ledger has so many tries of what it did not declare. */
async function seesTried(page: Page, count: number): Promise<void> {
  await page.getByRole('button', { name: 'Permissions', exact: true }).click();
  const activity = page.getByRole('region', { name: 'Activity', exact: true });
  await expect(activity.getByText('Tried to reach other.example')).toHaveCount(count);
}
