// Packages made for haex-vault: what the review says of them. That they run is
// in haex-dialect.spec.ts.
import { join } from 'node:path';
import { accessible } from '../lib/axe';
import { repo } from '../lib/paths';
import { expect, test } from '../lib/test';

const haex = (name: string) => join(repo, 'internal/bundle/testdata/haex', `${name}.xt`);

test.beforeEach(async ({ home, host }) => {
  await home.makeVault();
  const server = await home.serve({ unlocked: true });
  await host.open(server.url);
  await host.atHome();
});

test('a package with the older signature says so, and what cannot be given', async ({ host, page }) => {
  await host.pick(haex('v1-asks'));
  const review = host.review('Review Haex Probe');
  await expect(review.getByText('Valid, by an older signature')).toBeVisible();
  await expect(review.getByText('Made for haex-vault.')).toBeVisible();
  const row = review.locator('.CapRow', { hasText: 'Asks for “cloudStorage”' });
  await expect(row.getByText('Not given')).toBeVisible();
  await expect(row.getByText('Alcove does not know what this is')).toBeVisible();
  await expect(row.getByRole('radio')).toHaveCount(0);
  await accessible(page, 'review of a haex package');
  await host.accept();
  await expect(host.tile('Haex Probe')).toBeVisible();
});

test('a package of the newer format has no such note', async ({ host }) => {
  await host.drop(haex('v2-good'));
  const review = host.review('Review Probe');
  await expect(review.getByText('Valid, all 4 files')).toBeVisible();
  await expect(review.getByText('older signature')).toHaveCount(0);
});

test('a package that was built for another key is refused with its reason', async ({ host, page }) => {
  await host.drop(haex('v1-baked-key'));
  await expect(page.getByText('would look for its tables under names that are not its own')).toBeVisible();
});
