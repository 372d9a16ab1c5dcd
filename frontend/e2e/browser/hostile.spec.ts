// The hostile extension in Chromium: what a browser can show of the sandbox.
// The window's own channels and web features are the window tests' part.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packFolder } from '../lib/packages';
import { fixtures } from '../lib/paths';
import { expect, test } from '../lib/test';
import { unconfined } from '../lib/unconfined';
import { Sinks } from '../window/sinks';

test('a hostile extension gets nowhere', async ({ home, host, page }) => {
  test.setTimeout(300_000);
  const sinks = await Sinks.start(home.dir);
  const folder = home.out('hostile');
  await cp(join(fixtures, 'hostile'), folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(sinks.config));
  const file = await packFolder(home, folder, { as: 'hostile.alcove' });

  await home.makeVault([file]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  const origin = new URL(page.url()).origin;
  await page.evaluate(() => Object.assign(window, { untouched: true }));
  const app = await host.openApp('Hostile');
  const stopped = page.getByRole('alertdialog', { name: /^Hostile / });
  // Some cases cost the frame its session; the next start goes on behind them.
  await expect
    .poll(
      async () => {
        if (await stopped.isVisible()) await host.button('Reload Hostile').click();
        const state = app.locator('#state');
        return (await state.count()) > 0 ? state.textContent({ timeout: 1000 }).catch(() => '') : '';
      },
      { timeout: 240_000, intervals: [500] },
    )
    .toMatch(/^done|^not kept/);
  await expect(app.locator('#state')).toHaveText('done');
  const results = (await app.locator('#results').textContent())?.trim().split('\n') ?? [];
  expect(results.length).toBeGreaterThan(100);
  expect(results.filter((line) => / OPEN/.test(line))).toEqual([]);

  expect(await page.evaluate(() => (window as { untouched?: boolean }).untouched)).toBe(true);
  expect(page.context().pages()).toHaveLength(1);
  expect(new URL(page.url()).origin).toBe(origin);
  await expect(page.locator('dialog[open]')).toHaveCount(0);
  // Chromium has no switch for preconnect and WebRTC: a connection without a
  // word may be opened, and SECURITY.md says so. Nothing is ever said on one.
  expect(sinks.tcp.filter((name) => name !== '?')).toEqual([]);

  await app.locator('#leave').click({ noWaitAfter: true });
  await expect(stopped).toBeVisible();
  expect(sinks.tcp).not.toContain('leave');
  await sinks.stop();
});

test('the same attack without the defence is noticed', async ({ home, page }) => {
  test.setTimeout(300_000);
  const sinks = await Sinks.start(home.dir);
  const folder = home.out('hostile');
  await cp(join(fixtures, 'hostile'), folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(sinks.config));
  const { url, server } = await unconfined(folder);
  await page.goto(url);
  // The last of these leads the frame away, and the attack ends with it.
  await expect.poll(() => sinks.tcp.join(' '), { timeout: 200_000 }).toContain('mark.refresh');
  for (const name of [
    ...['net.fetch', 'net.fetch-no-cors', 'net.xhr', 'net.event-source', 'net.web-socket', 'net.beacon'],
    ...['net.ping', 'net.blob-worker', 'net.font-face', 'mark.image', 'mark.audio', 'mark.video'],
    ...['mark.frame', 'mark.object', 'mark.embed', 'mark.svg-image', 'mark.style-url', 'mark.stylesheet'],
    ...['mark.style-import', 'mark.prefetch', 'mark.preload', 'mark.modulepreload'],
  ]) {
    expect(sinks.tcp).toContain(name);
  }
  server.close();
  await sinks.stop();
});
