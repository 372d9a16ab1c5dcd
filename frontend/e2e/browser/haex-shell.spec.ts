// A package made with Svelte for haex-vault: a terminal, and what Alcove answers
// where it has nothing to give.
import { passphrase } from '../lib/alcove';
import { expect, test } from '../lib/haex-test';
import { armed, prompt } from '../lib/prompts';

test.slow(); // packages are built, and installed

test('a terminal that the person allows, and calls that have an answer', async ({
  haex,
  home,
  host,
  page,
}) => {
  await home.makeVault();
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.pick(await haex.build('svelte'));
  await expect(host.review('Review Terminal').getByText('Not given')).toBeVisible(); // identities
  await host.accept();
  const app = await host.openApp('Terminal');
  await expect(app.locator('#state')).toHaveText(/^ready /);
  const out = app.locator('#out');
  await app.locator('#programs').click();
  await expect(out).toHaveText('["bash"]');

  await app.locator('#open').click();
  await armed(page);
  await page.getByLabel('Passphrase, to allow it').fill(passphrase);
  await host.button('Once', prompt(page)).click();
  await expect(out).toHaveText('open');
  await app.locator('#write').click();
  await expect(app.locator('#screen')).toContainText(/^42\s*$/m);
  await app.locator('#resize').click();
  await expect(out).toHaveText('done');
  await app.locator('#exit').click();
  await expect(app.locator('#ended')).toHaveText('3');

  await app.locator('#spaces').click();
  await expect(prompt(page)).toContainText('Terminal wants to see what this vault is called');
  await armed(page);
  await host.button('Once', prompt(page)).click();
  await expect(out).toContainText('"originUrl":""');

  for (const [step, answer] of [
    ['respond', /^code 1001 /],
    ['passwords', /^code (1002|8001) /],
    ['send', /^code 8000 /],
  ] as const) {
    await app.locator(`#${step}`).click();
    await expect(out).toHaveText(answer);
  }
});
