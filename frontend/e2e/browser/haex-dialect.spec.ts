// A published haex extension in the host page: its own document, under its own
// policy, with the SDK as it is published.
import type { Frame } from '@playwright/test';
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { haexApp } from '../lib/haex';
import { Target, armed, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';

declare const haex: HaexVaultSdk;

let target: Target;
test.beforeEach(async () => {
  target = await Target.start();
});
test.afterEach(() => target.stop());

test('an extension of haex-vault works, asks, and comes back after a reload', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const app = await haexApp((name) => home.out(name), { http: [{ target: `${target.url}/*` }] });
  await home.makeVault([app]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  const shown = await host.openApp('Haex Probe');
  await expect(shown.locator('#state')).toHaveText(/^ready (light|dark)$/);
  await shown.locator('#work').click();
  await expect(shown.locator('#result')).toHaveText('[["b"]] v 1002');

  const element = await page.locator('iframe[title="Haex Probe"]').elementHandle();
  const frame = (await element?.contentFrame()) as Frame;
  const fetched = frame.evaluate((url) => haex.web.fetchTextAsync(`${url}/x`), target.url);
  for (const question of [`wants to reach ${target.host}`, 'in your own network']) {
    await expect(prompt(page)).toHaveAccessibleName(new RegExp(question));
    await armed(page);
    await host.button('Once', prompt(page)).click();
  }
  expect(await fetched).toBe('here');
  expect(target.asked).toEqual(['GET /x']);
  const refused = frame.evaluate(
    (url) => haex.web.fetchTextAsync(`${url}/y`).catch((error: unknown) => (error as { code: number }).code),
    target.url,
  );
  await armed(page);
  await host.button('Don’t allow', prompt(page)).click();
  expect(await refused).toBe(1002);

  await frame.evaluate(() => {
    Object.assign(globalThis, { before: true });
    location.reload();
  });
  await frame.waitForFunction(
    () => !('before' in globalThis) && 'haex' in globalThis && haex.context !== null,
  );
  expect(await frame.evaluate(() => haex.storage.getItem('k'))).toBe('v');
});
