// The vault's own password items and mail accounts, as a person keeps them, and
// as an app reaches them by a tag.
import type { Page } from '@playwright/test';
import { accessible } from '../lib/axe';
import type { HostPage } from '../lib/host';
import { probe } from '../lib/packages';
import { armed, frameOf, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';
import type { Home } from '../lib/alcove';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

const items = (page: Page) => page.getByRole('list', { name: 'Items' });
const row = (page: Page, title: string) => items(page).getByRole('button', { name: title });
const pane = (page: Page) => page.getByRole('region', { name: 'The item' });
const part = (page: Page, name: string) =>
  page.getByRole('radiogroup', { name: 'What is shown' }).getByText(name, { exact: true }).click();

async function passwords(home: Home, host: HostPage, packages: string[] = []): Promise<void> {
  await home.makeVault(packages);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await show(host);
}

async function show(host: HostPage): Promise<void> {
  const { page } = host;
  await host.home();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Passwords' }).click();
  await expect(page.getByRole('heading', { name: 'Passwords', level: 1 })).toBeVisible();
}

async function add(host: HostPage, title: string, fields: Record<string, string>): Promise<void> {
  const { page } = host;
  await host.button('New item').click();
  await page.getByLabel('Title', { exact: true }).fill(title);
  for (const [label, value] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).fill(value);
  await host.button('Save').click();
  await expect(pane(page).getByRole('heading', { name: title })).toBeVisible();
}

/** What is on the clipboard, which no page of Alcove may read: it is pasted into the filter. */
async function pasted(page: Page): Promise<string> {
  const filter = page.getByRole('searchbox', { name: 'Filter items' });
  await filter.focus();
  await page.keyboard.press('ControlOrMeta+V');
  await expect(filter).not.toHaveValue('');
  const text = await filter.inputValue();
  await page.keyboard.press('Escape');
  return text;
}

test('items are kept, found, shown, changed, deleted and had back', async ({ home, host, page, context }) => {
  test.slow();
  await context.grantPermissions(['clipboard-write']);
  await passwords(home, host);
  await expect(page.getByText('Nothing is kept here yet.')).toBeVisible();
  await accessible(page, 'passwords, empty');

  await add(host, 'Wiki', { 'User name': 'lovelace', Password: 'first', Tags: 'work' });
  await host.button('New item').click();
  await accessible(page, 'passwords, new');
  await page.getByLabel('Title', { exact: true }).fill('Bank');
  await page.getByLabel('User name', { exact: true }).fill('ada');
  await host.button('Make one').click();
  await page.getByRole('button', { name: 'Show password' }).click();
  const made = await page.getByLabel('Password', { exact: true }).inputValue();
  expect(made).toHaveLength(20);
  await page.getByLabel('Addresses', { exact: true }).fill('https://bank.example');
  await page.getByLabel('Tags', { exact: true }).fill('home, money');
  await page.getByLabel('One-time codes', { exact: true }).fill('not a secret!');
  await host.button('Add a field').click();
  await page.getByLabel('Name of field 1').fill('PIN');
  await page.getByLabel('Value of field 1').fill('1234');
  await page.getByLabel('Hidden').check();
  await host.button('Save').click();
  await expect(pane(page).getByRole('alert')).toContainText('items.totp');
  await page.getByLabel('One-time codes', { exact: true }).fill('jbsw y3dp ehpk 3pxp');
  await host.button('Save').click();

  // Dots, until they are asked for; a code that counts down.
  await expect(pane(page).getByRole('heading', { name: 'Bank' })).toBeVisible();
  await expect(pane(page)).not.toContainText(made);
  await expect(pane(page)).not.toContainText('1234');
  await host.button('Show password', pane(page)).click();
  await expect(pane(page)).toContainText(made);
  await expect(pane(page).locator('.CodeLine-code')).toHaveText(/^\d{6}$/);
  const left = pane(page).getByRole('progressbar', { name: 'Time left' });
  await expect(left).toHaveAttribute('aria-valuetext', /^([1-9]|[12]\d|30) s$/);
  await host.button('Copy password', pane(page)).click();
  await expect(pane(page).getByText('Copied')).toHaveCount(1);
  expect(await pasted(page)).toBe(made);
  await host.button('Copy the code', pane(page)).click();
  expect(await pasted(page)).toMatch(/^\d{6}$/);
  await accessible(page, 'passwords, an item');

  // Found by what is shown and by a tag, by keyboard.
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Filter items' })).toBeFocused();
  await page.keyboard.type('bank.example');
  await expect(items(page).getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(items(page).getByRole('listitem')).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Tag' }).selectOption('work');
  await expect(items(page).getByRole('listitem')).toHaveCount(1);
  await page.getByRole('combobox', { name: 'Tag' }).selectOption('');
  await row(page, 'Bank').focus();
  await page.keyboard.press('ArrowDown');
  await expect(row(page, 'Wiki')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(pane(page).getByRole('heading', { name: 'Wiki' })).toBeVisible();

  await host.button('Edit', pane(page)).click();
  await expect(page.getByLabel('Title', { exact: true })).toBeFocused();
  await page.getByLabel('User name', { exact: true }).fill('ada.lovelace');
  await page.keyboard.press('Enter');
  await expect(row(page, 'Wiki')).toContainText('ada.lovelace');

  // Deleted, and back with everything: at once, and from where it is kept.
  await host.button('Delete', pane(page)).click();
  await expect(row(page, 'Wiki')).toHaveCount(0);
  await expect(host.button('Undo')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(row(page, 'Wiki')).toBeFocused();
  await host.button('Show password', pane(page)).click();
  await expect(pane(page)).toContainText('first');
  await host.button('Delete', pane(page)).click();
  await expect(host.button('Undo')).toBeFocused();
  await part(page, 'Deleted');
  await expect(host.button('Put back Wiki')).toBeVisible();
  await accessible(page, 'passwords, deleted');
  await host.button('Delete Wiki for good').click();
  await expect(host.button('Keep it')).toBeFocused();
  await accessible(page, 'passwords, delete for good');
  await host.button('Delete it').click();
  await expect(page.getByText('Nothing was deleted.')).toBeVisible();
  await part(page, 'Items');
  await expect(items(page).getByRole('listitem')).toHaveCount(1);
});

test('mail accounts are kept, and their password is not shown again', async ({ home, host, page }) => {
  await passwords(home, host);
  await part(page, 'Mail accounts');
  await host.button('Add an account').click();
  await page.getByLabel('Mail address').fill('ada@example.com');
  await page.getByLabel('Password', { exact: true }).fill('hunter2');
  await expect(page.getByLabel('Incoming (IMAP): server')).toHaveValue('imap.example.com');
  await page.getByLabel('Outgoing (SMTP): encryption').selectOption('startTls');
  await expect(page.getByLabel('Outgoing (SMTP): port')).toHaveValue('587');
  await accessible(page, 'an account');
  await host.button('Save').click();
  await expect(page.getByText('Reads from imap.example.com, sends through smtp.example.com')).toBeVisible();
  await accessible(page, 'accounts');
  await host.button('Edit ada@example.com').click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  await page.getByLabel('Incoming (IMAP): server').fill('not a host');
  await host.button('Save').click();
  await expect(page.getByText('items.host')).toBeVisible();
  await host.button('Cancel').click();
  await host.button('Remove ada@example.com').click();
  await host.button('Remove it').click();
  await expect(page.getByText('There is no mail account yet.')).toBeVisible();
});

test('an app reaches passwords by the tag that the person allows', async ({ home, host, page }) => {
  const app = await probe(home, {
    manifest: {
      name: 'filler',
      locales: { en: { title: 'Filler' } },
      permissions: [{ resource: 'passwords', action: 'read', target: 'work', reason: 'To fill in forms.' }],
    },
  });
  await passwords(home, host, [app]);
  await add(host, 'Wiki', { Password: 'first', Tags: 'work' });
  await add(host, 'Bank', { Password: 'second', Tags: 'home' });
  await host.openApp('Filler');
  const frame = await frameOf(page, 'Filler');
  const got = frame.evaluate(async () => {
    const list = await vault.passwords.list();
    const opened = await Promise.all(list.map(({ id }) => vault.passwords.get(id)));
    return { list, passwords: opened.map(({ title, password }) => [title, password]) };
  });
  await expect(prompt(page)).toHaveAccessibleName('Filler wants to read passwords tagged “work”');
  await armed(page);
  await accessible(page, 'a prompt for passwords');
  await host.button('While open', prompt(page)).click();
  expect((await got).passwords).toEqual([['Wiki', 'first']]);
  expect(JSON.stringify((await got).list)).not.toContain('first');
  const code = await frame.evaluate(() =>
    vault.passwords.list({ tag: 'home' }).catch((error: unknown) => (error as { code: string }).code),
  );
  expect(code).toBe('permission.undeclared');
  await host.home();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Permissions' }).click();
  const activity = page.getByRole('region', { name: 'Activity', exact: true });
  await expect(activity.getByText(/^Opened one of the passwords tagged “work”/)).toBeVisible();
});
