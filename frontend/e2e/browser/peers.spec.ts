// Apps that work together, and apps out of sight: one asks another, the person
// chooses what it gets, and what runs without a tab is seen and stopped.
import type { Frame, Locator, Page } from '@playwright/test';
import type { Home } from '../lib/alcove';
import { accessible } from '../lib/axe';
import type { HostPage } from '../lib/host';
import { probe } from '../lib/packages';
import { armed, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

const choose = 'Gives one entry with its user name and password.';
const account = {
  type: 'object',
  required: ['user', 'password'],
  properties: { user: { type: 'string' }, password: { type: 'string' } },
};
const answersOthers = `
import { connect, PeerRefusal } from './alcove-sdk.js';

const vault = await connect();
globalThis.vault = vault;
const sites = ['Hinge Quarterly', 'Tide Notes', 'Neighbourhood', 'SQLite', 'Harbour', 'Library', 'Bakery', 'Post', 'Trains', 'Museum'];
const entries = (count) => sites.slice(0, count).map((label, i) => ({ id: 'e' + i, label, detail: 'ada' + i + '@example.com' }));
vault.peers.handle('find', ({ title }) => {
  if (!sites.includes(title)) throw new PeerRefusal('not_found', 'There is no such entry.');
  return title;
});
vault.peers.offer('choose', {
  list: ({ count }) => entries(count),
  give: (id) => ({ user: 'ada' + id, password: 'word of ' + id }),
});
`;

/** A vault with Feeds, which asks, and Passwords, which answers. Only Feeds is open. */
async function prepare(home: Home, host: HostPage): Promise<Frame> {
  const feeds = await probe(home, {
    manifest: {
      name: 'feeds',
      locales: { en: { title: 'Feeds' } },
      permissions: [
        { resource: 'peers', action: 'call', target: '*.passwords/choose', reason: 'To sign in.' },
        { resource: 'peers', action: 'call', target: '*.passwords/find', reason: 'To look.' },
        { resource: 'background', action: 'run', reason: 'To fetch your feeds.' },
      ],
    },
  });
  const passwords = await probe(home, {
    manifest: {
      name: 'passwords',
      locales: { en: { title: 'Passwords' } },
      exports: [
        {
          method: 'choose',
          description: choose,
          effect: 'pick',
          params: { type: 'object' },
          result: account,
        },
        {
          method: 'find',
          description: 'Finds an entry.',
          effect: 'read',
          params: { type: 'object' },
          result: {},
        },
      ],
    },
    files: { 'start.js': answersOthers },
  });
  await home.makeVault([feeds, passwords]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Feeds');
  return frameOf(host.page, 'Feeds');
}

async function frameOf(page: Page, title: string): Promise<Frame> {
  const element = await page.locator(`iframe[title="${title}"]`).elementHandle();
  const frame = await element?.contentFrame();
  if (!frame) throw new Error(`no frame of ${title}`);
  return frame;
}

/** Calls a method of Passwords: what it answered, or the code of what it failed with. */
const ask = (frame: Frame, method: string, params: object): Promise<unknown> =>
  frame.evaluate(
    async ({ method, params }) => {
      const key = vault.context.id.split('.')[0] ?? '';
      try {
        return await vault.peers.call(`${key}.passwords/${method}`, params);
      } catch (error) {
        return (error as { code: string }).code;
      }
    },
    { method, params },
  );

/** Lets Feeds ask, as long as it is open. */
async function allow(page: Page): Promise<void> {
  await armed(page);
  await prompt(page).getByRole('button', { name: 'While open' }).click();
}

const items = (page: Page): Locator =>
  page.getByRole('dialog', { name: 'Feeds asks Passwords for one item' });
const ready = (page: Page) => expect(items(page).locator('form')).toHaveAttribute('data-armed', 'true');
const iframes = (page: Page, title: string) => page.locator(`iframe[title="${title}"]`);

test('an app asks another, which is started out of sight', async ({ home, host, page }) => {
  const feeds = await prepare(home, host);
  const answer = ask(feeds, 'find', { title: 'Tide Notes' });
  await expect(prompt(page)).toHaveAccessibleName(/^Feeds wants to call “find” of the app passwords /);
  await armed(page);
  await host.button('While open', prompt(page)).click();
  expect(await answer).toBe('Tide Notes');
  expect(await ask(feeds, 'find', { title: 'Nowhere' })).toBe('peers.refused');

  await expect(iframes(page, 'Passwords')).toHaveCount(1);
  await expect(iframes(page, 'Passwords')).toBeHidden();
  await expect(host.tab('Passwords')).toHaveCount(0);
  await host.home();
  await expect(host.tile('Passwords')).toContainText('Runs in the background');
  await expect(host.tile('Feeds')).not.toContainText('Runs in the background');

  // Opening it shows the frame that answered, and it can be asked there too.
  await (await frameOf(page, 'Passwords')).evaluate(() => Object.assign(globalThis, { same: true }));
  await host.tile('Passwords').click();
  await expect(host.tab('Passwords')).toHaveAttribute('aria-selected', 'true');
  const passwords = await frameOf(page, 'Passwords');
  expect(await passwords.evaluate(() => 'same' in globalThis)).toBe(true);
  await expect(iframes(page, 'Passwords')).toHaveCount(1);
  expect(await ask(feeds, 'find', { title: 'Post' })).toBe('Post');
  await host.home();
  await expect(host.tile('Passwords')).not.toContainText('Runs in the background');
});

test('the person chooses one item of many by keyboard, and the asking app gets that one', async ({
  home,
  host,
  page,
}) => {
  const feeds = await prepare(home, host);
  const answer = ask(feeds, 'choose', { count: 10 });
  await allow(page);
  const dialog = items(page);
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText(`“${choose}” Passwords’s own words. Alcove can’t check them.`);
  const field = dialog.getByRole('combobox', { name: 'Find in what Passwords offers' });
  await expect(field).toBeFocused();
  await expect(dialog.getByRole('option')).toHaveCount(10);
  await expect(host.button('Choose', dialog)).toBeDisabled();
  await page.keyboard.press('Enter'); // nothing is chosen yet
  await page.keyboard.type('e3@');
  await expect(dialog.getByRole('option')).toHaveCount(0);
  await expect(dialog.getByRole('status')).toHaveText('Nothing with “e3@”.');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Backspace');
  await page.keyboard.type('TIDE');
  await expect(dialog.getByRole('option')).toHaveText(['Tide Notes ada1@example.com']);
  await page.keyboard.press('ArrowDown');
  await expect(dialog.getByRole('option', { selected: true })).toHaveText(/Tide Notes/);
  await expect(field).toBeFocused();
  await ready(page);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  expect(await answer).toEqual({ user: 'adae1', password: 'word of e1' });
});

test('a few items need no field, and Escape gives nothing', async ({ home, host, page }) => {
  const feeds = await prepare(home, host);
  const first = ask(feeds, 'choose', { count: 3 });
  await allow(page);
  const dialog = items(page);
  await expect(dialog.getByRole('listbox', { name: 'What Passwords offers' })).toBeFocused();
  await expect(dialog.getByRole('combobox')).toHaveCount(0);
  await expect(dialog.getByRole('option', { selected: true })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(await first).toBe('peers.dismissed');

  const second = ask(feeds, 'choose', { count: 3 });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter'); // before anybody can have read it
  await expect(dialog).toBeVisible();
  await page.keyboard.press('n');
  await expect(dialog.getByRole('option', { selected: true })).toHaveText(/Neighbourhood/);
  await ready(page);
  await host.button('Choose', dialog).click();
  expect(await second).toEqual({ user: 'adae2', password: 'word of e2' });

  const third = ask(feeds, 'choose', { count: 0 });
  await expect(dialog.getByRole('status')).toHaveText('Passwords has nothing to choose from.');
  await host.button('Cancel', dialog).click();
  expect(await third).toBe('peers.dismissed');
});

test('the choice is read by everybody, in a small window too', async ({ home, host, page }) => {
  test.slow();
  const feeds = await prepare(home, host);
  await page.setViewportSize({ width: 900, height: 600 });
  const answer = ask(feeds, 'choose', { count: 10 });
  await allow(page);
  const dialog = items(page);
  await ready(page);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await accessible(page, 'one item of many');
  const sizes = await dialog.locator('.Dialog').evaluate((e) => {
    const { top, bottom } = e.getBoundingClientRect();
    return { top, bottom, over: e.scrollWidth - e.clientWidth };
  });
  expect(sizes.top).toBeGreaterThanOrEqual(0);
  expect(sizes.bottom).toBeLessThanOrEqual(600);
  expect(sizes.over).toBeLessThanOrEqual(0);
  await host.button('Cancel', dialog).click();
  expect(await answer).toBe('peers.dismissed');
});

test('an app that may goes on without its tab, is stopped from Home, and is gone after locking', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const feeds = await prepare(home, host);
  const running = feeds.evaluate(() => vault.background.run());
  await expect(prompt(page)).toHaveAccessibleName('Feeds wants to run while its tab is closed');
  await armed(page);
  await host.button('While open', prompt(page)).click();
  await running;
  await feeds.evaluate(() => Object.assign(globalThis, { same: true }));
  await host.tab('Feeds').focus();
  await page.keyboard.press('Delete');
  await expect(host.tab('Feeds')).toHaveCount(0);
  const tile = host.tile('Feeds');
  await expect(tile).toContainText('Runs in the background');
  await accessible(page, 'an app that runs in the background');

  // It is the same page, and works: its calls are answered, its questions are not asked.
  expect(await feeds.evaluate(() => vault.kv.set('seen', 'no').then(() => vault.kv.get('seen')))).toBe('no');
  expect(await ask(feeds, 'find', { title: 'Post' })).toBe('permission.dismissed');
  await tile.click();
  await host.shown('Feeds');
  const shown = await frameOf(page, 'Feeds');
  expect(
    await shown.evaluate(() => ['same' in globalThis, (globalThis as { saved?: number }).saved]),
  ).toEqual([true, 0]);

  // Out of sight again, and stopped by keyboard.
  await host.tab('Feeds').focus();
  await page.keyboard.press('Delete');
  const stop = host.button('Stop Feeds');
  await expect(stop).toBeVisible();
  await tile.focus();
  await page.keyboard.press('Tab');
  await expect(stop).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(iframes(page, 'Feeds')).toHaveCount(0);
  await expect(tile).not.toContainText('Runs in the background');
  await expect(tile).toBeFocused();

  await host.openApp('Feeds');
  const again = (await frameOf(page, 'Feeds')).evaluate(() => vault.background.run());
  await armed(page); // the last answer was for as long as it was open
  await host.button('Always', prompt(page)).click();
  await again;
  await host.tab('Feeds').focus();
  await page.keyboard.press('Delete');
  await expect(host.button('Stop Feeds')).toBeVisible();
  await host.lock();
  await host.unlock();
  await expect(host.tile('Feeds')).toBeVisible();
  await expect(host.button('Stop Feeds')).toHaveCount(0);
  await expect(iframes(page, 'Feeds')).toHaveCount(0);
});

test('taking the permission back closes what runs by it', async ({ home, host, page }) => {
  const feeds = await prepare(home, host);
  const running = feeds.evaluate(() => vault.background.run());
  await armed(page);
  await host.button('Always', prompt(page)).click();
  await running;
  await host.tab('Feeds').focus();
  await page.keyboard.press('Delete');
  await expect(host.button('Stop Feeds')).toBeVisible();
  await host.settings('Security');
  await page.getByRole('checkbox', { name: /^Nothing in the background/ }).check();
  await expect(iframes(page, 'Feeds')).toHaveCount(0);
  await host.home();
  await expect(host.tile('Feeds')).toContainText('Version');
});
