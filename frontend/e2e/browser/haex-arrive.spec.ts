// What another device wrote arrives while an app made for haex-vault is open: it
// is told which of its tables changed, reads them again, and nobody else hears of
// it. Two real vaults, each with its own page; what carries the changes between
// them is the test's.
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { endServer, goServer } from '../lib/go-server';
import { expect, haexFrame, test } from '../lib/haex-test';
import { HostPage } from '../lib/host';

declare const haex: HaexVaultSdk;

test.slow(); // packages are built, and the server too

test('an open app reads again what another device changed, and no other app is told', async ({
  haex: packages,
  page,
  browser,
}) => {
  const { process, address } = await goServer('internal/web', 'TestServeTwoDevices', 'ALCOVE_SERVE_DEVICES');
  try {
    const [here, there] = (await (await fetch(`${address}/about`)).json()) as [string, string];
    const meet = async () => expect((await fetch(`${address}/meet`, { method: 'POST' })).status).toBe(200);
    const tasks = await packages.build('vue');
    const other = await (await browser.newContext()).newPage();
    const hosts = [await new HostPage(page).open(here), await new HostPage(other).open(there)] as const;
    for (const host of hosts) {
      await host.pick(tasks);
      await host.accept();
    }
    await hosts[0].pick(await packages.build('react'));
    await hosts[0].accept();
    await hosts[0].openApp('Files');
    const stranger = await haexFrame(page, 'Files');
    const events = () => stranger.evaluate(() => (globalThis as { told?: number }).told);
    await stranger.evaluate(() => {
      Object.assign(globalThis, { told: 0 });
      haex.on('haextension:sync:tables-updated', () => {
        (globalThis as unknown as { told: number }).told += 1;
      });
    });
    const app = await hosts[0].openApp('Tasks');
    await expect(app.locator('#state')).toHaveText(/^ready /);
    const table = await (
      await haexFrame(page, 'Tasks')
    ).evaluate(() => {
      Object.assign(globalThis, { told: [] });
      haex.on('haextension:sync:tables-updated', (event) => {
        (globalThis as unknown as { told: unknown[] }).told.push((event as { data?: unknown }).data);
      });
      return haex.getTableName('tasks').replaceAll('"', '');
    });

    const writer = await hosts[1].openApp('Tasks');
    await expect(writer.locator('#state')).toHaveText(/^ready /);
    await writer.locator('#title').fill('From the other device');
    await writer.locator('#title').press('Enter');
    await expect(writer.getByRole('listitem')).toHaveText([/From the other device/]);
    await expect(app.getByRole('listitem')).toHaveCount(0);
    await meet();
    await expect(app.getByRole('listitem')).toHaveText([/From the other device/]);
    await expect(app.locator('#changed')).toHaveText('1');
    const told = await (
      await haexFrame(page, 'Tasks')
    ).evaluate(() => (globalThis as { told?: unknown }).told);
    expect(told).toEqual([{ tables: [table] }]);

    // And back: what this one changes, the other one reads.
    await app.getByRole('checkbox', { name: 'From the other device' }).check();
    await expect(app.locator('#out')).toHaveText('done');
    await meet();
    await expect(writer.getByRole('checkbox', { name: 'From the other device' })).toBeChecked();
    expect(await events()).toBe(0);
  } finally {
    await endServer(process);
  }
});
