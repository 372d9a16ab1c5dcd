// The main flow without a mouse.
import type { Locator, Page } from '@playwright/test';
import { titleField } from '../lib/notes';
import { hello } from '../lib/packages';
import { patient } from '../lib/patience';
import { expect, test } from '../lib/test';

/** Presses Tab until the focus is there: everything must be reachable. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  for (let i = 0; i < 60; i++) {
    if (await target.evaluate((e) => e === e.ownerDocument.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the focus never reaches ${String(target)}`);
}

test('a vault is made, an app installed, used and closed with the keyboard alone', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  await host.open((await home.serve()).url);
  await expect(page.getByLabel('Name of the vault')).toBeFocused();
  await page.keyboard.press('Enter');
  const words = page.locator('.Words > span:not(.vh)');
  await expect(words).toHaveCount(6);
  const chosen = (await words.allTextContents()).map((w) => w.trim()).join(' ');
  await expect(page.getByLabel('Type it once, to practise')).toBeFocused();
  await page.keyboard.type('wrong words here');
  await expect(page.getByText('Word 1 is not the one above.')).toBeVisible();
  await expect(page.getByText('6 more words')).toBeVisible();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(chosen);
  await page.keyboard.press('Enter');
  const kit = page.getByRole('figure').getByRole('listitem');
  await expect(kit).toHaveCount(24, patient);
  const kitWords = (await kit.allTextContents()).map((w) => w.trim());
  await expect(host.button('Save a file to print')).toBeFocused();
  await tabTo(page, host.button('I have a copy'));
  await page.keyboard.press('Enter');
  const labels = page.locator('label', { hasText: /^Word \d+$/ });
  await expect(labels).toHaveCount(2);
  await page.keyboard.type('nonsense');
  await page.keyboard.press('Tab');
  await expect(page.getByText(/^This is not word \d+ of the kit/)).toBeVisible();
  await page.keyboard.press('Shift+Tab');
  for (const label of await labels.allTextContents()) {
    await tabTo(page, page.getByLabel(label.trim(), { exact: true }));
    await page.keyboard.type(kitWords[Number(/\d+/.exec(label)?.[0]) - 1] ?? '');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Your vault is ready' })).toBeVisible(patient);

  await expect(host.button('Review and add')).toBeFocused();
  await page.keyboard.press('Enter');
  const review = host.review('Review Notes');
  await expect(host.button('Cancel', review)).toBeFocused();
  await tabTo(page, review.getByRole('region', { name: /^What / }));
  await page.keyboard.press('End');
  const install = host.button('Install', review);
  await expect(install).not.toHaveAttribute('aria-disabled', 'true');
  await tabTo(page, install);
  await page.keyboard.press('Enter');
  await expect(review).toBeHidden(patient);

  await expect(host.button('Open Notes')).toBeFocused();
  await page.keyboard.press('Enter');
  const notes = await host.shown('Notes');
  // The focus is in the app; its own keys work there.
  await page.keyboard.press('Alt+n');
  await expect(titleField(notes)).toBeFocused();
  await page.keyboard.type('Typed');
  await page.keyboard.press('Enter');
  await page.keyboard.type('- [ ] one');
  await page.keyboard.press('Enter');
  await page.keyboard.type('two');
  await expect(notes.getByLabel('Text, in Markdown')).toHaveValue('- [ ] one\n- [ ] two');
  await page.keyboard.press('Control+e');
  await expect(notes.getByRole('checkbox', { name: 'one' })).toBeVisible();
  await tabTo(page, notes.getByRole('checkbox', { name: 'two' }));
  await page.keyboard.press('Space');
  await expect(notes.getByRole('checkbox', { name: 'two' })).toBeChecked();
  await expect(notes.getByRole('checkbox', { name: 'two' })).toBeFocused();

  // Out of the app again: Tab passes through it, and the wall follows.
  await tabTo(page, host.tab('Notes'), 'Shift+Tab');
  await page.keyboard.press('Home');
  await expect(host.tab('Home')).toBeFocused();
  await expect(host.tab('Home')).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Control+2');
  await expect(host.tab('Notes')).toHaveAttribute('aria-selected', 'true');
});

test('the launcher finds by typing, and the review answers to Escape', async ({ home, host, page }) => {
  await home.makeVault([await hello(home)]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('nothing like it');
  await expect(page.getByText('No app is called “nothing like it”.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.type('hel');
  await page.keyboard.press('ArrowDown');
  await expect(host.tile('Hello')).toBeFocused();
  await page.keyboard.press('Enter');
  await host.shown('Hello');

  const chooser = page.waitForEvent('filechooser');
  await host.tab('Hello').focus();
  await page.keyboard.press('Control+o');
  await (await chooser).setFiles(await hello(home, { manifest: { version: '3.0.0' } }));
  const review = host.review('Review update of Hello');
  await expect(review).toBeVisible();
  // The focus stays inside while the question is open, or is in the browser's own bars.
  for (let i = 0; i < 15; i++) {
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(() => {
      const e = document.activeElement;
      return e === document.body || e?.closest('dialog') !== null;
    });
    expect(inside).toBe(true);
  }
  await host.button('Keep 1.0.0', review).focus();
  await page.keyboard.press('Escape');
  await expect(review).toBeHidden();
});
