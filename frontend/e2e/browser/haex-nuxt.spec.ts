// A package made with Nuxt for haex-vault, as most published ones are. What it is
// built with takes minutes to install, so it is built with ALCOVE_FULL=1 only.
import { expect, test } from '../lib/haex-test';

test.skip(
  process.env.ALCOVE_FULL !== '1',
  'what Nuxt needs takes minutes to install: make test-full runs it',
);
test.describe.configure({ timeout: 1_200_000 });

test('its table is there before it runs, and its routes are behind the hash', async ({
  haex,
  home,
  host,
}) => {
  await home.makeVault();
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.pick(await haex.build('nuxt'));
  await host.accept();
  const app = await host.openApp('Reader');
  await expect(app.locator('#state')).toHaveText(/^ready (light|dark)$/);
  await app.locator('#add').click();
  await expect(app.locator('#out')).toHaveText('Walden');
  await app.locator('#about').click();
  await expect(app.getByRole('heading', { name: 'About books' })).toBeVisible();
});
