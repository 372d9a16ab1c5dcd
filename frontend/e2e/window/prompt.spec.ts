// What an app asks, in the real window: worked by real keys, and a frame that
// wants these keys for itself.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures';
import { type AppWindow, type Home, repo, until } from './harness';
import { openApp, pack, prepareVault, unlock } from './product';

async function withAsker(home: Home): Promise<void> {
  const folder = join(home.dir, 'asker');
  await cp(join(repo, 'frontend/e2e/fixtures/asker'), folder, { recursive: true });
  await cp(join(repo, 'frontend/sdk/dist/alcove-sdk.js'), join(folder, 'alcove-sdk.js'));
  await prepareVault(home, [await pack(home, folder, join(home.dir, 'asker.alcove'))]);
}

const armed = (w: AppWindow) => w.see('dialog[data-armed="true"]');
const answer = (w: AppWindow, want: string) =>
  until(`the answer ${want}`, async () => (await w.findInFrame('#answer')).text === want);

test('a question is answered with the keyboard, which then is where it was', async ({ home, start }) => {
  await withAsker(home);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Asker');
  await w.fillInFrame('#field', 'before');
  await w.clickInFrame('#ask');
  await armed(w);
  await w.screenshot('prompt');
  const [name, focus] = await w.evaluate<string[]>(
    `const d = document.querySelector('dialog[open]');
     return [d.querySelector('h1').textContent.trim(), document.activeElement.textContent.trim()]`,
  );
  expect(name).toBe('Asker wants to reach feeds.example.com');
  expect(focus).toBe('Don’t allow');
  await w.key('Escape');
  await answer(w, 'permission.denied');
  await until('no dialog', async () => !(await w.find('dialog[open]')).found);

  // The second time there is a box not to be asked again, before the buttons.
  await w.clickInFrame('#ask');
  await armed(w);
  await w.key('shift+Tab', 'space', 'Tab', 'Return');
  await answer(w, 'permission.denied');
  await until('no dialog', async () => !(await w.find('dialog[open]')).found);
  await w.clickInFrame('#ask');
  await answer(w, 'permission.denied');
  expect((await w.find('dialog[open]')).found).toBe(false);

  // A field that had the focus has it again.
  await w.clickInFrame('#field');
  await w.key('End');
  await w.type(' after');
  await until('what was typed', async () => (await w.findInFrame('#field')).value === 'before after');
});

test('a frame that takes the keyboard from a question is stopped', async ({ home, start }) => {
  await withAsker(home);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Asker');
  await w.clickInFrame('#rob');
  await w.see('dialog[open], .CrashCard');
  await w.type('correct horse battery staple');
  await w.see('.CrashCard h1', 'Asker was stopped');
  await w.screenshot('prompt-robbed');
  expect(await w.evaluate('return document.querySelectorAll("dialog[open]").length')).toBe(0);
});
