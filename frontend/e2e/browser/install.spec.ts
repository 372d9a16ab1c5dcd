// The ways in and out of a vault for an app: picked, dropped, reviewed,
// refused, updated, turned off, removed.
import { readFile, writeFile } from 'node:fs/promises';
import { accessible } from '../lib/axe';
import { hello } from '../lib/packages';
import { expect, test } from '../lib/test';

test.beforeEach(async ({ home, host }) => {
  await home.makeVault();
  const server = await home.serve({ unlocked: true });
  await host.open(server.url);
  await host.atHome();
});

test('an app comes by picker and by drop, and Cancel leaves no trace', async ({ home, host, page }) => {
  const file = await hello(home, { as: 'hello.alcove' });
  for (const bring of [() => host.pick(file), () => host.drop(file)]) {
    await bring();
    const review = host.review('Review Hello');
    await expect(review).toBeVisible();
    await expect(review.getByText('hello.alcove')).toBeVisible();
    await expect(review.getByText('First time you see this key.')).toBeVisible();
    await expect(host.button('Cancel', review)).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(review).toBeHidden();
    await expect(host.tile('Hello')).toHaveCount(0);
  }
  // Reviewed and cancelled: still a key nobody has met, and no app in the vault.
  await host.drop(file);
  await expect(page.getByText('First time you see this key.')).toBeVisible();
  await host.button('Cancel').click();
  await page.reload();
  await host.atHome();
  await expect(page.getByRole('heading', { name: 'Waiting for your review' })).toHaveCount(0);
  await expect(host.tile('Hello')).toHaveCount(0);
});

test('a list that is in sight to its end can be accepted where the engine does not say so', async ({
  home,
  host,
  page,
}) => {
  await page.addInitScript(() => {
    window.IntersectionObserver = class {
      observe() {}
      disconnect() {}
    } as unknown as typeof IntersectionObserver;
  });
  await page.reload();
  await host.atHome();
  await host.drop(await hello(home));
  const install = host.button('Install', host.review('Review Hello'));
  await expect(install).toHaveAttribute('aria-disabled', 'false');
});

test('what was dropped and accepted runs and keeps its data', async ({ home, host }) => {
  await host.drop(await hello(home));
  await host.accept();
  const app = await host.openApp('Hello');
  await app.getByLabel('Say something').fill('olá');
  await app.getByRole('button', { name: 'Keep it' }).click();
  await expect(app.getByText('Kept: 1. Opened: 1.')).toBeVisible();
});

test('a review asks about what reaches outside, and starts nothing on allow', async ({
  home,
  host,
  page,
}) => {
  const asks = {
    permissions: [
      { resource: 'net', action: 'fetch', target: 'https://api.example.com/*', reason: 'To look words up.' },
      { resource: 'clipboard', action: 'write', target: '', reason: 'To copy a word.', optional: true },
    ],
  };
  await host.drop(await hello(home, { manifest: asks }));
  const review = host.review('Review Hello');
  await expect(review.getByText('“To look words up.”')).toBeVisible();
  await accessible(page, 'review with permissions');
  const groups = review.getByRole('radiogroup');
  for (const group of await groups.all()) {
    await expect(group.getByLabel('Allow')).not.toBeChecked();
  }
  // The sentence of what could leave follows the choices.
  const threat = review.locator('[aria-live="polite"], .Threat, .ThreatSentence').first();
  const before = await threat.textContent();
  const net = review.getByRole('radiogroup', { name: /api\.example\.com/ });
  await net.getByText('Allow', { exact: true }).click();
  await expect(threat).not.toHaveText(before ?? '');
  await expect(threat).toContainText('api.example.com');
});

test('a second file waits for its review', async ({ home, host, page }) => {
  const second = await hello(home, { as: 'second.alcove', manifest: { name: 'second-app' } });
  await host.drop(await hello(home, { as: 'first.alcove' }));
  await expect(host.review('Review Hello')).toBeVisible();
  await host.drop(second);
  await expect(host.review('Review Hello')).toBeVisible();
  await host.button('Cancel').click();
  const waiting = page.getByRole('region', { name: 'Waiting for your review' });
  await expect(waiting).toContainText('second.alcove');
  await accessible(page, 'home, a review waits');
  await waiting.getByRole('button', { name: 'Review Second App' }).click();
  await host.accept();
  await expect(host.tile('Second App')).toBeVisible();
  await expect(waiting).toHaveCount(0);
});

test('while a file is dragged the window says what a drop does', async ({ host, page }) => {
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'some.alcove'));
    const init = { dataTransfer: data, bubbles: true, cancelable: true };
    document.body.dispatchEvent(new DragEvent('dragenter', init));
    document.body.dispatchEvent(new DragEvent('dragover', init));
  });
  await expect(page.getByRole('heading', { name: 'Drop to review' })).toBeVisible();
  await accessible(page, 'drop target');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Drop to review' })).toBeHidden();
  await expect(host.button('Install from file').first()).toBeVisible();
});

test('a package with one wrong byte is refused, with its code', async ({ home, host, page }) => {
  const file = await hello(home);
  const bytes = await readFile(file);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  const broken = home.out('broken.alcove');
  await writeFile(broken, bytes);
  await host.drop(broken);
  const card = page.getByRole('alertdialog', { name: 'This file can’t be installed' });
  await expect(card).toBeVisible();
  await expect(card.locator('code')).toHaveText(/^(bundle|manifest)\.[a-z_]+$/);
  await accessible(page, 'refused package');
  await host.button('Close').click();
  await expect(card).toBeHidden();
  await expect(host.tile('Hello')).toHaveCount(0);
});

test('an update keeps the data and says what it asks for anew; a downgrade is refused', async ({
  home,
  host,
  page,
}) => {
  const one = await hello(home);
  const permissions = [
    { resource: 'notifications', action: 'show', target: '', reason: 'To greet you.', optional: true },
  ];
  const two = await hello(home, { manifest: { version: '2.0.0', permissions } });
  await host.drop(one);
  await host.accept();
  let app = await host.openApp('Hello');
  await app.getByLabel('Say something').fill('kept words');
  await app.getByRole('button', { name: 'Keep it' }).click();
  await expect(app.getByText('kept words')).toBeVisible();
  await host.home();

  await host.drop(two);
  const review = host.review('Review update of Hello');
  await expect(review.getByText('1.0.0 to 2.0.0')).toBeVisible();
  await expect(review.getByText('Asks for more')).toBeVisible();
  await expect(review.getByText('Same key since', { exact: false })).toBeVisible();
  await accessible(page, 'update');
  await host.accept('Update');
  app = await host.openApp('Hello');
  await expect(app.getByText('kept words')).toBeVisible();
  await host.home();
  await expect(host.tile('Hello')).toContainText('2.0.0');

  await host.drop(one);
  const older = host.review('Review Hello');
  await expect(older.getByText('This file holds Hello 1.0.0,', { exact: false })).toBeVisible();
  await expect(older.getByRole('button', { name: /^Install/ })).toHaveCount(0);
  await accessible(page, 'downgrade');
  await host.button('Keep 2.0.0').click();
  await expect(host.tile('Hello')).toContainText('2.0.0');
});

test('the same name from another key is another app, and says so before anything else', async ({
  home,
  host,
  page,
}) => {
  await host.drop(await hello(home));
  await host.accept();
  await host.drop(await hello(home, { publisher: 'somebody-else' }));
  const review = host.review('Review Hello');
  await expect(review.getByText('This is not the Hello you have')).toBeVisible();
  await accessible(page, 'name taken');
  await review.getByRole('region', { name: /^What / }).evaluate((e) => {
    e.scrollTop = e.scrollHeight;
  });
  const install = host.button('Install', review);
  await expect(review.getByText('Tick the warning above to go on.')).toBeVisible();
  await expect(install).toHaveAttribute('aria-disabled', 'true');
  await review.getByRole('checkbox').check();
  await host.accept();
  await expect(host.tile('Hello')).toHaveCount(2);
});

test('an app can be turned off and on', async ({ home, host, page }) => {
  await host.drop(await hello(home));
  await host.accept();
  await host.openApp('Hello');
  await host.button('More about Hello').click();
  await page.getByRole('menuitem', { name: 'Turn off' }).click();
  await expect(host.tab('Hello')).toHaveCount(0);
  await host.home();
  await expect(host.tile('Hello')).toContainText('Turned off');
  await accessible(page, 'home with an app turned off');
  await host.tile('Hello').click();
  await expect(page.getByText('Hello is turned off.', { exact: false })).toBeVisible();
  await accessible(page, 'details of an app turned off');
  await host.button('Turn on').click();
  await host.button('Open').click();
  await host.shown('Hello');
});

test('removing keeps the data or deletes it, as asked', async ({ home, host, page }) => {
  test.slow(); // four installations, each opened and removed
  const file = await hello(home);
  const fill = async (text: string) => {
    const app = await host.openApp('Hello');
    await app.getByLabel('Say something').fill(text);
    await app.getByRole('button', { name: 'Keep it' }).click();
    await expect(app.getByText(text)).toBeVisible();
  };
  const remove = async (choice: 'Keep its data' | 'Delete its data') => {
    await host.button('More about Hello').click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Remove Hello?' });
    await expect(host.button('Keep Hello', dialog)).toBeFocused();
    await dialog.getByText(choice).click();
    await accessible(page, `remove: ${choice}`);
    await dialog.getByRole('button', { name: /^Remove the app/ }).click();
    await expect(dialog).toBeHidden();
    await expect(host.tile('Hello')).toHaveCount(0);
  };
  await host.drop(file);
  await host.accept();
  await fill('first');
  await remove('Keep its data');

  await host.settings('Kept data');
  await expect(page.getByText('hello, written by version 1.0.0')).toBeVisible();
  await accessible(page, 'kept data');
  await host.home();
  await host.drop(file);
  await expect(page.getByText('It will find the data of version 1.0.0 that you kept.')).toBeVisible();
  await host.accept();
  const app = await host.openApp('Hello');
  await expect(app.getByText('first')).toBeVisible();
  await remove('Delete its data');

  await host.drop(file);
  await host.accept();
  const fresh = await host.openApp('Hello');
  await expect(fresh.getByText('Kept: 0. Opened: 1.')).toBeVisible();
  await remove('Keep its data');
  await host.settings('Kept data');
  await host.button('Delete the data of hello').click();
  const sure = page.getByRole('alertdialog', { name: 'Delete the data of hello?' });
  await expect(host.button('Keep it', sure)).toBeFocused();
  await accessible(page, 'deleting kept data');
  await host.button('Delete the data', sure).click();
  await expect(page.getByText('No data of removed apps is kept.')).toBeVisible();
});
