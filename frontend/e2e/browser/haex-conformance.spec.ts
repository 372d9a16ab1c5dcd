// Every function of the SDK of haex-vault, in Chromium through `alcove serve`.
import type { Page } from '@playwright/test';
import { passphrase } from '../lib/alcove';
import { judge, runCases } from '../lib/conformance';
import { Surroundings, layFiles } from '../lib/conformance-around';
import { type Person, prepare, title } from '../lib/conformance-person';
import { choose, expect, test } from '../lib/haex-test';

const names = {
  file: /^Choose (a file|files) for /,
  folder: /^Choose a folder for /,
  save: /^Choose where /,
};

/** A person with a mouse and a keyboard, in this browser. */
function personAt(page: Page, home: string): Person {
  const frame = page.frameLocator(`iframe[title="${title}"]`);
  const look = async (selector: string) => {
    const all = await page.locator(selector).filter({ visible: true }).allInnerTexts();
    return all[0]?.trim() ?? null;
  };
  return {
    home,
    passphrase,
    look,
    click: (selector, text = '') => page.locator(selector).filter({ hasText: text }).first().click(),
    fill: (selector, text) => page.locator(selector).fill(text),
    lookInFrame: (selector) => frame.locator(selector).innerText(),
    clickInFrame: (selector) => frame.locator(selector).click(),
    async pick(kind, path) {
      const dialog = page.getByRole('dialog', { name: names[kind] });
      await expect(dialog).toBeVisible();
      if (path === null) {
        await choose(dialog, 'Cancel');
        return;
      }
      const name = path.split('/').at(-1) ?? '';
      await dialog.getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
      if (kind === 'save') await dialog.getByLabel('File name').fill(name);
      else await dialog.getByRole('option', { name }).click();
      await choose(dialog, kind === 'save' ? 'Save here' : 'Choose');
    },
  };
}

test('every function of the SDK is answered as specified', async ({ home, host, page }) => {
  test.setTimeout(900_000);
  const around = await Surroundings.make();
  try {
    Object.assign(home.besides, around.mail.env);
    await layFiles(home.home);
    await home.makeVault([await around.build('browser')]);
    await host.open((await home.serve({ unlocked: true })).url);
    await host.atHome();
    const person = personAt(page, home.home);
    await prepare(person, around);
    await host.openApp(title);
    judge(await runCases(person, around), around.methods);
  } finally {
    await around.stop();
  }
});
