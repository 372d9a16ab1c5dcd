// A package made with Vue, Vite and Drizzle for haex-vault: its tables over two
// versions, and its rows beside those of another app.
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { expect, haexFrame, test } from '../lib/haex-test';

declare const haex: HaexVaultSdk;

test.slow(); // packages are built, and installed

test.beforeEach(async ({ home, host }) => {
  await home.makeVault();
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
});

test('migrations of two versions keep the rows, and Drizzle works on them', async ({
  haex: packages,
  host,
  page,
}) => {
  await host.pick(await packages.build('vue', { migrations: 1 }));
  await expect(host.review('Review Tasks').getByText('Made for haex-vault.')).toBeVisible();
  await host.accept();
  await expect(host.tile('Tasks').locator('img')).toHaveCount(1);
  let app = await host.openApp('Tasks');
  await expect(app.locator('#state')).toHaveText(/^ready 1\.0\.0 (light|dark)$/);
  await app.locator('#quick').click();
  await expect(app.locator('#out')).toHaveText('done');

  await host.home();
  await host.pick(await packages.build('vue', { version: '1.1.0' }));
  await host.accept('Update');
  app = await host.openApp('Tasks');
  await expect(app.locator('#state')).toHaveText(/^ready 1\.1\.0 /);
  await app.locator('#load').click();
  const rows = app.getByRole('listitem');
  await expect(rows).toHaveText([/Quick/]);

  await app.locator('#title').fill('Buy milk');
  await app.locator('#title').press('Enter');
  await expect(rows).toHaveText([/Buy milk/, /Quick/]);
  await app.getByRole('checkbox', { name: 'Quick' }).check();
  await expect(app.locator('#out')).toHaveText('done');
  await app.locator('#sum').click();
  await expect(app.locator('#out')).toHaveText('{"tag":"home","done":"Quick","count":2}');
  await app.getByRole('button', { name: 'Remove Buy milk' }).click();
  await expect(rows).toHaveText([/Quick/]);

  const frame = await haexFrame(page, 'Tasks');
  const reads = (columns: string) =>
    frame.evaluate(
      (columns) =>
        haex.query(`SELECT ${columns} FROM ${haex.getTableName('tasks')}`).then(
          (rows) => rows.length,
          (error: unknown) => (error as { code: number }).code,
        ),
      columns,
    );
  expect(await reads('id, title, done, note, label, created_at')).toBe(1);
  expect(await reads('priority')).toBe(2000);
});

test('a page of another kind, loaded when it is asked for, has its style', async ({
  haex: packages,
  host,
}) => {
  await host.pick(await packages.build('vue'));
  await host.accept();
  const app = await host.openApp('Tasks');
  await app.locator('#about').click();
  await expect(app.getByRole('heading', { name: 'About tasks' })).toHaveCSS('color', 'rgb(1, 2, 3)');
});

test('another app of the same publisher sees nothing of its tables', async ({
  haex: packages,
  host,
  page,
}) => {
  await host.pick(await packages.build('vue'));
  await host.accept();
  await host.pick(await packages.build('react'));
  await host.accept();
  const tasks = await host.openApp('Tasks');
  await tasks.locator('#quick').click();
  await expect(tasks.locator('#out')).toHaveText('done');
  const own = await haexFrame(page, 'Tasks');
  const table = await own.evaluate(() => haex.getTableName('tasks'));
  await host.openApp('Files');
  const other = await haexFrame(page, 'Files');
  const reached = await other.evaluate(async (table) => {
    const code = (work: Promise<unknown>) =>
      work.then(JSON.stringify, (error: unknown) => (error as { code: number }).code);
    return {
      read: await code(haex.query(`SELECT title FROM ${table}`)),
      under: await code(haex.query(`SELECT (SELECT count(*) FROM ${table})`)),
      write: await code(haex.execute(`DELETE FROM ${table}`)),
      both: await code(haex.database.transaction([[`DELETE FROM ${table}`, []]] as never)),
      made: await code(
        haex.registerMigrationsAsync('1.0.0', [{ name: '0000_x', sql: `DROP TABLE ${table}` }]),
      ),
    };
  }, table);
  expect(Object.values(reached).map(String)).not.toContain('[["Quick"]]');
  for (const [name, value] of Object.entries(reached)) expect(value, name).toBeGreaterThanOrEqual(1000);
  expect(await own.evaluate((table) => haex.query(`SELECT title FROM ${table}`), table)).toEqual([['Quick']]);
});
