// The pictures of the README, made from the real app: light and dark.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { newFolder, titleField } from './lib/notes';
import { fixtures, notesPackage, repo } from './lib/paths';
import { hello, packFolder } from './lib/packages';
import { armed, begin, frameOf, prompt } from './lib/prompts';
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

test('pictures of unlock, home, review, a question, permissions, Notes and its history', async ({
  home,
  host,
  page,
}) => {
  await mkdir(out, { recursive: true });
  const wordBook = await packFolder(home, join(fixtures, 'word-book'), {
    as: 'word-book.alcove',
    publisher: 'somebody',
  });
  await home.makeVault([notesPackage, await hello(home)]);
  await host.open((await home.serve()).url);
  await expect(host.passphrase).toBeVisible();
  await picture(page, 'unlock');
  await host.unlock();
  await host.drop(wordBook);
  await expect(host.review(/^Review /)).toBeVisible();
  await picture(page, 'review');
  await host.accept();

  const notes = await host.openApp('Notes');
  for (const folder of ['Travel', 'Home']) await newFolder(notes, folder);
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

  await host.openApp('Word Book');
  const frame = await frameOf(page, 'Word Book');
  await begin(frame, [
    'https://api.example.com/v1/words?q=saudade',
    'https://api.example.com/v1/words?q=hiraeth',
  ]);
  await armed(page);
  await picture(page, 'prompt');
  for (const choice of ['Once', 'Don’t allow']) {
    await armed(page);
    await host.button(choice, prompt(page)).click();
  }
  await expect(prompt(page)).toBeHidden();
  await begin(frame, ['https://stats.example.net/seen?word=saudade']);
  await page.getByRole('button', { name: 'Permissions', exact: true }).click();
  await page.getByRole('button', { name: /^Word Book, Network: / }).click();
  await expect(page.getByText('Tried to reach stats.example.net')).toBeVisible();
  await picture(page, 'permissions');

  await host.openApp('Notes');
  await host.details('Notes');
  await page.getByRole('region', { name: 'History' }).scrollIntoViewIfNeeded();
  await picture(page, 'history');
  await host.home();
  await picture(page, 'home');
});
