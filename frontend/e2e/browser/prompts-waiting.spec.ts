// What an app asks while something else of Alcove's is open: it waits, is shown
// when that closes, and then has the keyboard; afterwards the focus is where it
// would have been.
import type { Page } from '@playwright/test';
import { probe } from '../lib/packages';
import { Target, answers, armed, begin, openAsking, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

let target: Target;
test.beforeEach(async () => {
  target = await Target.start();
});
test.afterEach(() => target.stop());

/** Waits until the page has asked Go which question is to be shown, and was told. */
async function heard(page: Page, ask: () => Promise<unknown>): Promise<void> {
  const told = page.waitForResponse((r) => r.url().endsWith('/_host/api/prompt.current'));
  await ask();
  await (await told).finished();
}

test('a question waits for a menu, and Escape that closes it answers nothing', async ({
  home,
  host,
  page,
}) => {
  const frame = await openAsking(home, host, target);
  const button = host.button('More about Feed Reader');
  await button.click();
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitem', { name: 'Reload' })).toBeFocused();
  await heard(page, () => begin(frame, [`${target.url}/a`]));
  await page.keyboard.press('ArrowDown');
  await expect(prompt(page)).toBeHidden();
  await expect(page.getByRole('menuitem', { name: 'Details' })).toBeFocused();

  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await expect(prompt(page)).toBeVisible();
  await expect(host.button('Don’t allow', prompt(page))).toBeFocused();
  await expect(prompt(page)).toHaveAccessibleName(`Feed Reader wants to reach ${target.host}`);
  await armed(page);
  expect(await answers(frame)).toEqual([null]);
  await host.button('Once', prompt(page)).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => answers(frame)).toEqual(['ok']);
  await expect(button).toBeFocused();
});

test('a question waits for a dialog, also for one that comes over it', async ({ home, host, page }) => {
  const other = await probe(home, { manifest: { name: 'other', locales: { en: { title: 'Other' } } } });
  const frame = await openAsking(home, host, target);
  const app = await host.shown('Feed Reader');

  // A dialog that is open already.
  await host.button('More about Feed Reader').click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  const removing = page.getByRole('alertdialog', { name: 'Remove Feed Reader?' });
  await expect(removing).toBeVisible();
  await heard(page, () => begin(frame, [`${target.url}/a`]));
  await expect(prompt(page)).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(removing).toBeHidden();
  await expect(host.button('Don’t allow', prompt(page))).toBeFocused();
  await armed(page);
  await page.keyboard.press('Escape');
  await expect.poll(() => answers(frame)).toEqual(['permission.denied']);
  await expect(prompt(page)).toBeHidden();
  await expect(host.button('More about Feed Reader')).toBeFocused();

  // A review that comes while the question is on the screen.
  await app.locator('#field').click();
  await begin(frame, [`${target.url}/b`]);
  await armed(page);
  await host.drop(other);
  const review = host.review(/^Review /);
  await expect(review).toBeVisible();
  await expect(prompt(page)).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(review).toBeHidden();
  await expect(host.button('Don’t allow', prompt(page))).toBeFocused();
  await expect(prompt(page)).toHaveAccessibleName(`Feed Reader wants to reach ${target.host}`);
  expect(await answers(frame)).toEqual([null]);
  await armed(page);
  await host.button('Once', prompt(page)).click();
  await expect.poll(() => answers(frame)).toEqual(['ok']);
  await page.keyboard.type('typed');
  await expect(app.locator('#field')).toHaveValue('typed');
});

test('a question that goes while a dialog is open leaves the keyboard where it is', async ({
  home,
  host,
  page,
}) => {
  const frame = await openAsking(home, host, target);
  await host.details('Feed Reader');
  const opener = host.button('Export data…');
  await opener.click();
  const field = page.getByLabel('Passphrase of this vault');
  await expect(field).toBeFocused();
  const ask = () =>
    frame.evaluate((url) => {
      const given = new AbortController();
      Object.assign(globalThis, { given });
      vault.call('net.fetch', { url }, { signal: given.signal }).catch(() => undefined);
    }, `${target.url}/a`);
  await heard(page, ask);
  const cancel = page
    .getByRole('dialog', { name: /Export the data/ })
    .getByRole('button', { name: 'Don’t export' });
  await cancel.focus();
  await heard(page, () =>
    frame.evaluate(() => (globalThis as unknown as { given: AbortController }).given.abort()),
  );
  await expect(cancel).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(prompt(page)).toBeHidden();
  await expect(opener).toBeFocused();
});
