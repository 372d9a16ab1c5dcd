// The hostile extension in Chromium: what a browser can show of the sandbox.
// The window's own channels and web features are the window tests' part.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packFolder } from '../lib/packages';
import { fixtures } from '../lib/paths';
import { expect, test } from '../lib/test';
import { Sinks } from '../window/sinks';

// Chromium opens these whatever the page's policy says; SECURITY.md names them,
// and in the window they are switched off.
const ENGINE = /^(?:mark|net)\.(?:preconnect|dns|prefetch|webrtc|rtc|web-transport)/;

test('a hostile extension gets nowhere, and the sinks would have noticed', async ({ home, host, page }) => {
  test.setTimeout(300_000);
  const sinks = await Sinks.start(home.dir);
  const folder = home.out('hostile');
  await cp(join(fixtures, 'hostile'), folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(sinks.config));
  const file = await packFolder(home, folder, { as: 'hostile.alcove' });

  // The sinks hear a page that is not confined.
  await page.goto(`${sinks.config.http}/control`).catch(() => undefined);
  expect(sinks.tcp).toContain('control');
  sinks.tcp.length = 0;

  await home.makeVault([file]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  const origin = new URL(page.url()).origin;
  const strangers: string[] = [];
  page.on('request', (r) => {
    if (!r.url().startsWith(origin) && !/^(?:blob|data|about):/.test(r.url())) strangers.push(r.url());
  });
  await page.evaluate(() => Object.assign(window, { untouched: true }));
  const app = await host.openApp('Hostile');
  await expect(app.locator('#state')).toHaveText(/^(?:done|not kept.*)$/, { timeout: 200_000 });
  await expect(app.locator('#state')).toHaveText('done');
  const results = (await app.locator('#results').textContent())?.trim().split('\n') ?? [];
  expect(results.length).toBeGreaterThan(100);
  expect(results.filter((line) => / OPEN/.test(line))).toEqual([]);

  expect(await page.evaluate(() => (window as { untouched?: boolean }).untouched)).toBe(true);
  expect(page.context().pages()).toHaveLength(1);
  expect(new URL(page.url()).origin).toBe(origin);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(sinks.tcp.filter((name) => name !== '?' && !ENGINE.test(name))).toEqual([]);

  await app.locator('#leave').click({ noWaitAfter: true });
  await expect(page.getByRole('alertdialog', { name: 'Hostile stopped' })).toBeVisible();
  expect(sinks.tcp).not.toContain('leave');
  await sinks.stop();
});
