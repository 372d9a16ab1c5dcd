// What every app may do, did and tried, as a person sees it: the table, the
// activity, taking back, undoing, and what the vault forbids.
import { decode, encode } from '@msgpack/msgpack';
import type { Frame, Page } from '@playwright/test';
import { passphrase } from '../lib/alcove';
import { accessible } from '../lib/axe';
import type { HostPage } from '../lib/host';
import { probe } from '../lib/packages';
import { notesPackage } from '../lib/paths';
import { expect, test } from '../lib/test';
import type { Home } from '../lib/alcove';
import type { SqlTag, Vault } from '../../sdk/src/index';

declare const vault: Vault;
declare const sql: SqlTag;

const asks = [
  { resource: 'net', action: 'fetch', target: 'https://127.0.0.1:59999/*', reason: 'To get feeds.' },
  { resource: 'net', action: 'fetch', target: 'https://tracker.example/*', reason: 'To count readers.' },
  { resource: 'net', action: 'private', target: 'https://127.0.0.1:59999/*', reason: 'The feeds are here.' },
  { resource: 'clipboard', action: 'write', reason: 'To copy a link.' },
];

const tabOf = (page: Page, name: string) => page.getByRole('tab', { name, exact: true });
const table = (page: Page) => page.getByRole('table', { name: 'What every app may do and did' });
const cell = (page: Page, app: string, capability: string) =>
  table(page).getByRole('button', { name: new RegExp(`^${app}, ${capability}: `) });
const inspector = (page: Page) => page.getByRole('complementary', { name: /, / });
const activity = (page: Page) => page.getByRole('region', { name: 'Activity', exact: true });

/** The frame of an app, by the name in its manifest. */
async function frameOf(page: Page, name: string): Promise<Frame> {
  for (const frame of page.frames()) {
    if (!frame.url().includes('/_ext/')) continue;
    if ((await frame.evaluate(() => vault.context.name)) === name) return frame;
  }
  throw new Error(`no frame of ${name}`);
}

const permissions = async (page: Page) => {
  await page.getByRole('button', { name: 'Permissions', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Permissions', level: 1 })).toBeVisible();
};

/** Calls, and gives the code of what it failed with. */
const fetches = (frame: Frame, url: string): Promise<string> =>
  frame.evaluate(async (url) => {
    try {
      await vault.net.fetch(url);
      return '';
    } catch (error) {
      return (error as { code: string }).code;
    }
  }, url);

const writes = (frame: Frame, value: string): Promise<void> =>
  frame.evaluate(async (value) => {
    const t = vault.table('things');
    await vault.db.execute(sql`INSERT INTO ${t} (id, value) VALUES (${crypto.randomUUID()}, ${value})`);
  }, value);

const values = (frame: Frame): Promise<string[]> =>
  frame.evaluate(async () => {
    const t = vault.table('things');
    const rows = await vault.db.query<{ value: string }>(sql`SELECT value FROM ${t} ORDER BY value`);
    return rows.map(({ value }) => value);
  });

/** A vault with an app that asks for a lot, open; beside it the others. */
async function prepare(home: Home, host: HostPage, others: string[] = []): Promise<Frame> {
  const feeds = await probe(home, {
    manifest: { name: 'feed-reader', permissions: asks, locales: { en: { title: 'Feed Reader' } } },
  });
  await home.makeVault([...others, feeds]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Feed Reader');
  await host.details('Feed Reader');
  const pick = async (name: RegExp, choice: 'Allow' | 'Deny', nth = 0) => {
    const row = host.page.getByRole('radiogroup', { name }).nth(nth);
    await row.getByText(choice, { exact: true }).click();
    await expect(row.getByRole('radio', { name: choice })).toBeChecked();
  };
  await pick(/127\.0\.0\.1/, 'Allow');
  await pick(/127\.0\.0\.1/, 'Allow', 1);
  await pick(/^Reach tracker\.example/, 'Deny');
  await pick(/clipboard/i, 'Allow');
  await tabOf(host.page, 'Feed Reader').click();
  return frameOf(host.page, 'feed-reader');
}

test('the table shows what apps may do, did and tried, and takes it back by keyboard', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const feeds = await prepare(home, host, [notesPackage]);
  expect(await fetches(feeds, 'https://127.0.0.1:59999/feed.xml')).toMatch(/^net\./);
  expect(await fetches(feeds, 'https://tracker.example/pixel?who=me')).toBe('permission.denied');
  expect(await fetches(feeds, 'https://elsewhere.example/')).toBe('permission.undeclared');
  await writes(feeds, 'kept');
  await permissions(page);
  const net = cell(page, 'Feed Reader', 'Network');
  await expect(net).toHaveAccessibleName(/: Allowed, 1 call, 2 tries$/);
  await expect(net).toHaveText('1 host');
  await expect(cell(page, 'Notes', 'Own data')).toHaveText('unused');
  await expect(activity(page).getByText('Tried to reach elsewhere.example')).toBeVisible();
  await expect(activity(page).getByText(/pixel|who=me/)).toHaveCount(0);
  await accessible(page, 'permissions');

  // By keyboard alone: into the table, from cell to cell, and into the inspector.
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Filter apps and hosts' })).toBeFocused();
  await page.keyboard.type('tracker');
  await expect(table(page).getByRole('row')).toHaveCount(2);
  await page.keyboard.press('Escape');
  await expect(cell(page, 'Feed Reader', 'Own data')).toBeFocused();
  await expect(table(page).getByRole('row')).toHaveCount(3);
  await page.keyboard.press('ArrowUp');
  await expect(cell(page, 'Notes', 'Own data')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(net).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(net).toHaveAttribute('aria-pressed', 'true');
  await expect(inspector(page).getByRole('heading', { name: 'Feed Reader, network' })).toBeVisible();
  await expect(inspector(page)).toContainText('127.0.0.1:59999');
  await expect(inspector(page)).toContainText('elsewhere.example');
  await expect(inspector(page)).toContainText('If unused for 60 days');
  await accessible(page, 'permissions with the inspector');
  await inspector(page).getByRole('checkbox', { name: 'Keep it even if unused' }).check();
  await expect(inspector(page)).toContainText('Only if you revoke it');
  // One host of them, and back to being asked.
  await inspector(page).getByRole('button', { name: 'Ask next time about tracker.example' }).click();
  await expect(inspector(page).getByRole('button', { name: 'Revoke tracker.example' })).toBeVisible();

  // Delete takes it back at once: the app's next call is refused.
  await net.focus();
  await page.keyboard.press('Delete');
  await expect(net).toHaveAccessibleName(/: Not allowed, /);
  expect(await fetches(feeds, 'https://127.0.0.1:59999/feed.xml')).toBe('permission.denied');
  await expect(net).toHaveText('3 tries'); // live
  await expect(activity(page).getByText('Tried to reach 127.0.0.1:59999')).toHaveCount(2);

  const show = page.getByRole('radiogroup', { name: 'Show' });
  await show.getByText('Denied', { exact: true }).click();
  await expect(table(page).getByRole('rowheader')).toHaveText([/Feed Reader$/]);
  await show.getByText('Unused', { exact: true }).click();
  await expect(table(page).getByRole('rowheader')).toHaveText([/Feed Reader$/]); // its clipboard
  await activity(page)
    .getByRole('combobox', { name: 'What became of it' })
    .selectOption({ label: 'Refused' });
  await expect(activity(page).getByText('Wrote its own data')).toHaveCount(0);
  await expect(activity(page).getByText('Tried to reach tracker.example')).toBeVisible();
});

test('writes are undone from the activity, and that again', async ({ home, host, page }) => {
  test.slow();
  const feeds = await prepare(home, host);
  await writes(feeds, 'kept');
  await writes(feeds, 'mistake');
  await permissions(page);
  await activity(page).getByRole('combobox', { name: 'App' }).selectOption({ label: 'Feed Reader' });
  await activity(page).getByRole('button', { name: 'Select to undo' }).click();
  const boxes = activity(page).getByRole('checkbox', { name: /^Select Wrote its own data at / });
  await expect(boxes).toHaveCount(2);
  await boxes.first().check();
  await expect(activity(page).getByRole('status').first()).toContainText('1 write of Feed Reader selected.');
  await accessible(page, 'choosing what to undo');
  await activity(page).getByRole('button', { name: 'Undo…' }).click();
  const dialog = page.getByRole('alertdialog', { name: /^Undo what Feed Reader wrote / });
  await expect(dialog).toContainText('things');
  await expect(dialog).toContainText('Feed Reader is open. It saves and closes first.');
  await accessible(page, 'undoing, asked');
  await dialog.getByRole('button', { name: 'Undo these writes' }).click();
  await expect(dialog).toBeHidden();
  const done = activity(page).getByText('What Feed Reader wrote was undone: 1 row is gone.');
  await expect(done).toBeVisible();
  await expect(tabOf(page, 'Feed Reader')).toBeHidden();
  await host.openApp('Feed Reader');
  expect(await values(await frameOf(page, 'feed-reader'))).toEqual(['kept']);
});

test('what a vault forbids is forbidden at once, and allowed again with the passphrase', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const feeds = await prepare(home, host);
  await host.settings('Security');
  const box = page.getByRole('checkbox', { name: /^No network No app/ });
  await box.check();
  await expect(box).toBeChecked();
  await accessible(page, 'what the vault forbids');
  expect(await fetches(feeds, 'https://127.0.0.1:59999/')).toBe('permission.policy');
  await permissions(page);
  const net = cell(page, 'Feed Reader', 'Network');
  await expect(net).toHaveAccessibleName(/: Forbidden in this vault, 1 try$/);
  await net.click();
  await expect(inspector(page)).toContainText('This vault forbids it, whatever was allowed.');
  await inspector(page).getByRole('button', { name: 'See what it forbids' }).click();
  await box.uncheck({ force: true }).catch(() => undefined); // it stays until the passphrase is there
  const dialog = page.getByRole('dialog', { name: 'Allow this again?' });
  await dialog.getByLabel('Passphrase', { exact: true }).fill('not the one');
  await dialog.getByRole('button', { name: 'Allow it' }).click();
  await expect(dialog.getByRole('alert')).toContainText('vault.wrong_passphrase');
  await accessible(page, 'allowing again');
  await dialog.getByRole('button', { name: 'Keep it forbidden' }).click();
  await expect(box).toBeChecked();
  await box.uncheck({ force: true }).catch(() => undefined);
  await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase);
  // A pause follows a wrong passphrase. The limits inside only say when to try again:
  // nothing is pressed once the dialog is gone.
  const allow = dialog.getByRole('button', { name: 'Allow it' });
  await expect(async () => {
    if (await dialog.isVisible()) await allow.click({ timeout: 500 });
    await expect(dialog).toBeHidden({ timeout: 5000 });
  }).toPass();
  await expect(box).not.toBeChecked();
  expect(await fetches(feeds, 'https://127.0.0.1:59999/')).toMatch(/^net\./);
});

test('a permission that ended by itself is told of until that is dismissed', async ({ home, host, page }) => {
  test.slow();
  await prepare(home, host);
  const ended = {
    extension: 'x',
    title: 'Feed Reader',
    key: { resource: 'net', action: 'fetch', target: 'https://h.example/*' },
    why: 'unused',
    sentence: 'Reach h.example',
    at: 1,
  };
  // Sixty days do not pass in a test; what Go says then is put into its answer.
  await page.route('**/_host/api/permissions.matrix', async (route) => {
    const answer = await route.fetch();
    const { ok } = decode(await answer.body()) as { ok: { ended: unknown[] } };
    await route.fulfill({ response: answer, body: Buffer.from(encode({ ok: { ...ok, ended: [ended] } })) });
  });
  await permissions(page);
  const note = page.getByRole('status').filter({ hasText: 'Feed Reader may no longer reach h.example' });
  await expect(note).toContainText('it did not use that for 60 days. It asks from now on.');
  await expect(note.getByRole('button', { name: 'Allow and keep' })).toBeVisible();
  await accessible(page, 'a permission that ended');
  await page.unroute('**/_host/api/permissions.matrix');
  await note.getByRole('button', { name: 'Leave it so' }).click();
  await expect(note).toHaveCount(0);
});

test('the permissions fit a small window', async ({ home, host, page }) => {
  test.slow();
  const feeds = await prepare(home, host);
  await fetches(feeds, 'https://tracker.example/');
  await page.setViewportSize({ width: 900, height: 600 });
  await permissions(page);
  await cell(page, 'Feed Reader', 'Network').click();
  await expect(inspector(page)).toContainText('tracker.example');
  await expect(table(page).getByRole('columnheader', { name: 'Background' })).toBeHidden();
  for (const region of ['.LedgerTable', '.ActivityList', '.Inspector']) {
    const wide = await page.locator(region).evaluate((e) => e.scrollWidth - e.clientWidth);
    expect(wide, region).toBeLessThanOrEqual(0);
  }
  await accessible(page, 'permissions at 900 by 600');
  await page.emulateMedia({ colorScheme: 'dark' });
});
