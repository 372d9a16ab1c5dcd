// Apps in their tabs: side by side, stopped, reloaded, themed.
import type { FrameLocator, Page } from '@playwright/test';
import { accessible } from '../lib/axe';
import { hello, probe } from '../lib/packages';
import { patient } from '../lib/patience';
import { expect, test } from '../lib/test';

test.beforeEach(async ({ home, host }) => {
  await home.makeVault([await probe(home), await hello(home)]);
  const server = await home.serve({ unlocked: true });
  await host.open(server.url);
  await host.atHome();
});

const frameOf = (page: Page) => {
  const frame = page.frames().find((f) => f.url().includes('/_ext/'));
  if (!frame) throw new Error('no frame of an extension');
  return frame;
};

test('two apps keep what is typed in them while the other is shown', async ({ host, page }) => {
  const one = await host.openApp('Probe');
  await one.getByLabel('Type here').fill('in the first');
  const two = await host.openApp('Hello');
  await two.getByLabel('Say something').fill('in the second');
  await page.keyboard.press('F6'); // out of the app, if it lets it through
  await host.tab('Probe').click();
  await expect(one.getByLabel('Type here')).toHaveValue('in the first');
  await expect(one.getByLabel('Type here')).toBeVisible();
  await expect(two.getByLabel('Say something')).toBeHidden();
  await host.tab('Hello').click();
  await expect(two.getByLabel('Say something')).toHaveValue('in the second');
});

test('a reload brings the tabs back, and the one that was shown', async ({ host, page }) => {
  await host.openApp('Probe');
  await host.openApp('Hello');
  await page.reload();
  await host.shown('Hello');
  await expect(host.tab('Probe')).toBeVisible();
  await expect(host.tab('Hello')).toHaveAttribute('aria-selected', 'true');
  await host.tab('Probe').click();
  await host.shown('Probe');
});

test('a closed tab has saved first', async ({ host, page }) => {
  const app = await host.openApp('Probe');
  await app.getByLabel('Type here').fill('on my way out');
  await host.tab('Probe').focus();
  await page.keyboard.press('Delete');
  await expect(host.tab('Probe')).toHaveCount(0);
  const again = await host.openApp('Probe');
  await expect(again.getByLabel('Type here')).toHaveValue('on my way out');
});

test('an app that hangs is stopped, named, and can be reloaded', async ({ host, page }) => {
  const app = await host.openApp('Probe');
  await stopsWith(app, page, /stopped answering/, host.button('Reload Probe'));
});

async function stopsWith(
  app: FrameLocator,
  page: Page,
  name: RegExp,
  reload: import('@playwright/test').Locator,
) {
  await app.getByRole('button', { name: 'Hang' }).click({ noWaitAfter: true });
  const card = page.getByRole('alertdialog', { name });
  await expect(card).toBeVisible(patient);
  await accessible(page, 'crash card');
  await reload.click();
  await expect(card).toBeHidden();
  await expect(page.locator('.Frame:not(.is-waiting) iframe[title="Probe"]')).toBeVisible(patient);
}

test('a frame that leaves its own document loses its session', async ({ host, page }) => {
  await host.openApp('Probe');
  await frameOf(page).evaluate(() => {
    location.reload();
  });
  await expect(page.getByRole('alertdialog', { name: 'Probe stopped' })).toBeVisible();
  await expect(page.locator('iframe')).toHaveCount(0);
});

test('hash navigation inside an app is no crash', async ({ host, page }) => {
  await host.openApp('Probe');
  const frame = frameOf(page);
  await frame.evaluate(() => {
    location.hash = '#somewhere';
  });
  await page.waitForTimeout(1500); // longer than the silence that would end it
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
  expect(await frame.evaluate(() => vault.kv.get('nothing'))).toBeUndefined();
});

test('apps follow the theme, the system’s and the chosen one', async ({ host, page }) => {
  const app = await host.openApp('Probe');
  const theme = app.locator('html');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(theme).toHaveAttribute('data-theme', 'dark');
  await host.settings('Appearance');
  await page.getByRole('radiogroup', { name: 'Theme' }).getByText('Light', { exact: true }).click();
  await host.tab('Probe').click();
  await expect(theme).toHaveAttribute('data-theme', 'light');
  expect(await frameOf(page).evaluate(() => vault.context.reducedMotion)).toBe(false);
});

test('the shield shows what an app may do, and changes it', async ({ home, host, page }) => {
  const permissions = [
    {
      resource: 'net',
      action: 'fetch',
      target: 'https://api.example.com/*',
      reason: 'Words.',
      optional: true,
    },
  ];
  await host.home();
  await host.drop(await hello(home, { manifest: { version: '1.1.0', permissions } }));
  await host.accept('Update');
  await host.openApp('Hello');
  await page.getByRole('button', { name: /^\d+ allowed$/ }).click();
  const shield = page.getByRole('dialog', { name: 'What Hello may do now' });
  await accessible(page, 'shield');
  const net = shield.getByRole('combobox', { name: /api\.example\.com/ });
  await expect(net).not.toHaveValue('allow');
  await net.selectOption('allow');
  await expect(shield).toContainText('api.example.com');
  await page.keyboard.press('Escape');
  await expect(shield).toBeHidden();
});

declare const vault: import('../../sdk/src/index').Vault;
