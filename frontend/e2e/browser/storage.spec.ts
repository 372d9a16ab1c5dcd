// The vault's storages on S3, as a person keeps them, and as an app asks for them.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { accessible } from '../lib/axe';
import type { HostPage } from '../lib/host';
import { probe } from '../lib/packages';
import { armed, frameOf, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';
import type { Home } from '../lib/alcove';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

/** A server that lets one access key see an empty bucket. */
let server: Server;
let address: string;

test.beforeAll(async () => {
  server = createServer((request, response) => {
    const knows = request.headers.authorization?.includes('Credential=AKIDGOOD/') === true;
    response.writeHead(knows ? 200 : 403, { 'Content-Type': 'application/xml' });
    response.end(knows ? '<ListBucketResult/>' : '<Error><Code>InvalidAccessKeyId</Code></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
test.afterAll(() => server.close());

async function storages(home: Home, host: HostPage, packages: string[] = []): Promise<void> {
  const { page } = host;
  await home.makeVault(packages);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await show(page);
}

async function show(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Passwords' }).click();
  await page.getByRole('radiogroup', { name: 'What is shown' }).getByText('Storage', { exact: true }).click();
}

async function write(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).fill(value);
}

test('storages are kept and tested, and their secret key is not shown again', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  await storages(home, host);
  await expect(page.getByText('There is no storage yet.')).toBeVisible();
  await accessible(page, 'storages, empty');
  await host.button('Add a storage').click();
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await write(page, {
    Name: 'Backups',
    Server: address,
    Bucket: 'alcove',
    'Access key': 'AKIDWRONG',
    'Secret key': 'hunter2',
  });
  await page.setViewportSize({ width: 1280, height: 760 });
  await host.button('Test connection').click();
  await expect(page.getByText('storage.login')).toBeVisible();
  await expect(host.button('Test connection')).toBeFocused();
  await expect(host.button('Test connection')).toBeInViewport({ ratio: 1 });
  await accessible(page, 'a storage');
  await write(page, { 'Access key': 'AKIDGOOD', 'Folder in the bucket': 'copies' });
  await host.button('Test connection').click();
  await expect(page.getByText('The storage can be read.')).toBeVisible();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter'); // Save
  await expect(page.getByText(`Bucket alcove/copies at ${address.slice('http://'.length)}`)).toBeVisible();
  await expect(page.getByText('Not encrypted on the way')).toBeVisible();
  await expect(host.button('Add a storage')).toBeFocused();
  await accessible(page, 'storages');

  await host.button('Edit Backups').click();
  await expect(page.getByLabel('Secret key', { exact: true })).toHaveValue('');
  await write(page, { Bucket: 'No' });
  await host.button('Save').click();
  await expect(page.getByText('items.bucket')).toBeVisible();
  await write(page, { Name: 'Copies', Bucket: 'other' });
  await host.button('Save').click();
  await host.button('Test the connection to Copies').click();
  await expect(page.getByText('The storage can be read.')).toBeVisible();
  await host.button('Remove Copies').click();
  await expect(host.button('Keep it')).toBeFocused();
  await accessible(page, 'storages, remove');
  await host.button('Remove it').click();
  await expect(page.getByText('There is no storage yet.')).toBeVisible();
});

test('an app adds a storage of its own, which the person lets others ask for', async ({
  home,
  host,
  page,
}) => {
  const app = await probe(home, {
    manifest: {
      name: 'syncer',
      locales: { en: { title: 'Syncer' } },
      permissions: [
        { resource: 'storage', action: 'readWrite', target: '*', reason: 'To keep copies.' },
        { resource: 'net', action: 'private', target: `${address}/*`, reason: 'To reach yours.' },
      ],
    },
  });
  await storages(home, host, [app]);
  await host.openApp('Syncer');
  const frame = await frameOf(page, 'Syncer');
  const added = frame.evaluate(
    async (endpoint) =>
      (
        await vault.storage.add({
          name: 'Mine',
          endpoint,
          bucket: 'alcove',
          accessKey: 'AKIDGOOD',
          secret: 'hunter2',
        })
      ).own,
    address,
  );
  const question = prompt(page);
  await expect(question).toContainText(`Syncer wants to add the storage ${address.slice(7)}, bucket alcove`);
  await armed(page);
  await accessible(page, 'an app adds a storage');
  await host.button('Once', question).click();
  await expect(question).toContainText('which is in your own network');
  await armed(page);
  await host.button('Once', question).click();
  expect(await added).toBe(true);

  await host.home();
  await show(page);
  await expect(page.getByText('Added by Syncer, which alone can use it')).toBeVisible();
  await expect(host.button('Edit Mine')).toHaveCount(0);
  await accessible(page, 'the storage of an app');
  await host.button('Let other apps ask for Mine').click();
  await expect(host.button('Edit Mine')).toBeVisible();
  await expect(page.getByText('Added by Syncer')).toHaveCount(0);
});
