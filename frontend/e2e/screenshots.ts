// The pictures of the README, made from the real app: light and dark.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { titleField } from './lib/notes';
import { helloExample, notesPackage, repo } from './lib/paths';
import { hello, packFolder } from './lib/packages';
import { expect, test } from './lib/test';

const out = join(repo, 'docs/images');

async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForTimeout(400); // the frame is told, and draws
    await page.screenshot({ path: join(out, `${name}-${colorScheme}.png`) });
  }
}

const LISBON = `## Still open

- [x] Flights, both ways
- [ ] Train from Porto on the 30th
- [ ] Ask Ines about the flat near Graça

## Day one

Drop the bags, walk down through Alfama while it is still quiet. Coffee at the kiosk below the viewpoint, then the **tile museum** before the buses come. Nothing booked for the evening on purpose.

> Bring the small umbrella.
`;

const OTHERS: [string, string][] = [
  ['Bike service', 'Chain at 0.6, cassette is fine for another year'],
  ['Reading list', 'The Mushroom at the End of the World\nA Month in the Country'],
  ['Gift ideas', 'Ines: the blue Kaweco, not the grey one'],
  ['Sourdough log', 'Day 6. Doubled in five hours at 24 °C'],
  ['Lease questions', 'Deposit comes back within 30 days? Ask about the boiler.'],
];

test('pictures of unlock, home, review, Notes and its history', async ({ home, host, page }) => {
  test.setTimeout(180_000);
  await mkdir(out, { recursive: true });
  const feeds = await packFolder(home, helloExample, {
    as: 'word-book.alcove',
    publisher: 'somebody',
    manifest: {
      name: 'word-book',
      version: '2.3.1',
      description: 'Look words up and keep the ones you want to learn.',
      author: 'Marginalia',
      permissions: [
        {
          resource: 'net',
          action: 'fetch',
          target: 'https://api.example.com/*',
          reason: 'To look up the words you ask for.',
        },
        {
          resource: 'clipboard',
          action: 'write',
          target: '',
          reason: 'To copy a definition.',
          optional: true,
        },
        {
          resource: 'notifications',
          action: 'show',
          target: '',
          reason: 'To ask you one word a day.',
          optional: true,
        },
      ],
    },
  });
  await home.makeVault([notesPackage, await hello(home)]);
  await host.open((await home.serve()).url);
  await expect(host.passphrase).toBeVisible();
  await picture(page, 'unlock');
  await host.unlock();
  await host.drop(feeds);
  await expect(host.review(/^Review /)).toBeVisible();
  await picture(page, 'review');
  await host.button('Cancel').click();

  const notes = await host.openApp('Notes');
  await notes.getByRole('button', { name: 'New folder', exact: true }).click();
  await page.keyboard.type('Travel');
  await page.keyboard.press('Enter');
  await notes.getByRole('button', { name: 'New folder', exact: true }).click();
  await page.keyboard.type('Home');
  await page.keyboard.press('Enter');
  const write = async (title: string, body: string) => {
    await notes.getByRole('button', { name: 'New note', exact: true }).first().click();
    await titleField(notes).fill(title);
    await notes.getByLabel('Text, in Markdown').fill(body);
    await expect(notes.getByText('Saved', { exact: true })).toBeVisible();
  };
  for (const [title, body] of OTHERS) await write(title, body);
  await notes.getByRole('button', { name: /^Travel/ }).click();
  await write('Lisbon trip', LISBON);
  await notes.getByRole('button', { name: /^All notes/ }).click();
  await notes.getByRole('button', { name: 'Pin to the top' }).click();
  await notes.getByRole('button', { name: 'Read', exact: true }).click();
  await picture(page, 'notes');
  await host.details('Notes');
  await page.getByRole('region', { name: 'History' }).scrollIntoViewIfNeeded();
  await picture(page, 'history');
  await host.home();
  await picture(page, 'home');
});
