// What an app asks while it runs: how a person meets it, and that no app can
// make it look like something else.
import type { Page } from '@playwright/test';
import { accessible } from '../lib/axe';
import { probe } from '../lib/packages';
import {
  Target,
  answers,
  armed,
  askingVault,
  begin,
  frameOf,
  openAsking,
  prompt,
  reason,
  unpainted,
} from '../lib/prompts';
import { expect, test } from '../lib/test';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

let target: Target;
test.beforeEach(async () => {
  target = await Target.start();
});
test.afterEach(() => target.stop());

const urls = (n: number) => Array.from({ length: n }, (_, i) => `${target.url}/${String(i)}`);
const dialogs = (page: Page) => page.locator('dialog[open]').count();

const address = (page: Page) => prompt(page).getByRole('definition').locator('code');

/** The path of the address that is asked about. */
async function shownPath(page: Page): Promise<string> {
  return (await address(page).textContent())?.replace('GET ', '') ?? '';
}

test('a hundred requests at once are asked one at a time, and each is answered', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const frame = await openAsking(home, host, target);
  await begin(frame, urls(100));

  // Calls go side by side, so they are asked in the order in which they arrived.
  const wanted: string[] = Array.from({ length: 100 }, () => 'ok');
  for (let asked = 0; asked < 12; asked++) {
    const path = await shownPath(page);
    await expect(prompt(page)).toContainText(`${String(99 - asked)} more requests are waiting.`);
    expect(await dialogs(page)).toBe(1);
    await armed(page);
    const allow = asked % 3 === 0;
    if (!allow) wanted[Number(path.slice(1))] = 'permission.denied';
    await host.button(allow ? 'Once' : 'Don’t allow', prompt(page)).click();
    await expect(address(page)).not.toHaveText(`GET ${path}`);
  }
  await prompt(page).getByRole('checkbox', { name: 'The same for 87 more requests of this kind' }).check();
  await armed(page);
  await host.button('Once', prompt(page)).click();
  await expect(prompt(page)).toBeHidden();
  await expect.poll(async () => (await answers(frame)).filter((a) => a === null).length).toBe(0);
  expect(await answers(frame)).toEqual(wanted);
  expect(target.asked).toHaveLength(92);
  expect(await dialogs(page)).toBe(0);
});

test('one yes for many requests goes for the places that it names', async ({ home, host, page }) => {
  const frame = await openAsking(home, host, target);
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  await begin(
    frame,
    names.map((name) => `https://${name}.feeds.invalid/`),
  );
  const all = prompt(page).getByRole('checkbox', { name: /^The same for / });
  await expect(all).toHaveAccessibleName('The same for 6 more requests of this kind');
  await expect(all).toHaveAccessibleDescription(/^Also for (\w\.feeds\.invalid, ){4}and others\. A yes/);
  await accessible(page, 'question for many places');
  await all.check();
  await armed(page);
  await host.button('Once', prompt(page)).click();
  await expect(all).toHaveAccessibleName('The same for 1 more request of this kind');
  await expect(all).toHaveAccessibleDescription(/^Also for \w\.feeds\.invalid$/);
  await all.check();
  await armed(page);
  await host.button('Don’t allow', prompt(page)).click();
  await expect(prompt(page)).toBeHidden();
  await expect
    .poll(async () => (await answers(frame)).filter((answer) => answer === 'permission.denied'))
    .toHaveLength(2);
});

test('a question is worked by keyboard and announced', async ({ home, host, page }) => {
  const frame = await openAsking(home, host, target);
  const app = await host.shown('Feed Reader');
  await app.locator('#field').click();
  await page.keyboard.type('before');
  const dialog = prompt(page);
  await begin(frame, [`${target.url}/v1/find?url=tidenotes.net`, `${target.url}/v1/find?url=other`]);
  await expect(dialog).toHaveAccessibleName(`Feed Reader wants to reach ${target.host}`);
  await expect(dialog).toHaveAccessibleDescription(/Would send GET \/v1\/find\?url=/);
  await expect(dialog).toHaveAccessibleDescription(new RegExp(`“${reason}” Feed Reader’s own words`));
  await expect(dialog).toHaveAttribute('aria-modal', 'true');
  await expect(host.button('Don’t allow', dialog)).toBeFocused();
  await expect(dialog).toContainText('1 more request is waiting.');
  await expect(dialog).toMatchAriaSnapshot(`
    - alertdialog /Feed Reader wants to reach/:
      - heading /Feed Reader wants to reach/ [level=1]
      - term: Would send
      - definition:
        - code: /GET \\/v1\\/find/
      - blockquote:
        - paragraph
      - button "Don’t allow"
      - button "Once"
      - button "While open"
      - button "Always"
      - status: 1 more request is waiting.
  `);
  await accessible(page, 'question');
  await host.button('Until a date, or a number of times', dialog).click();
  await accessible(page, 'question with all its answers');

  // What is typed before it can be read answers nothing; the frame gets none of it.
  await armed(page);
  await host.button('Don’t allow', dialog).focus();
  const first = await shownPath(page);
  const painted = await unpainted(page, 'prompt.shown');
  await page.keyboard.press('Escape');
  await expect(address(page)).not.toHaveText(`GET ${first}`);
  const second = await shownPath(page);
  for (const key of ['Escape', 'Enter', 'Space', 'x']) await page.keyboard.press(key);
  painted();
  await armed(page);
  expect(await shownPath(page)).toBe(second);

  // Tab goes round inside.
  await expect(host.button('Don’t allow', dialog)).toBeFocused();
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    seen.add(
      await page.evaluate(() => {
        const at = document.activeElement;
        return at?.closest('dialog') ? 'inside' : (at?.tagName ?? '');
      }),
    );
  }
  expect([...seen].filter((name) => name !== 'inside' && name !== 'BODY')).toEqual([]);
  await host.button('Once', dialog).focus();
  await armed(page);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  const told = first.endsWith('other') ? ['ok', 'permission.denied'] : ['permission.denied', 'ok'];
  await expect.poll(() => answers(frame)).toEqual(told);

  // The focus is where it was, with what was typed.
  await page.keyboard.type(' after');
  await expect(app.locator('#field')).toHaveValue('before after');
});

test('answers last as long as they say, and taking back counts at once', async ({ home, host, page }) => {
  let frame = await openAsking(home, host, target);
  const ask = async (answer: string) => {
    await begin(frame, [`${target.url}/a`]);
    await armed(page);
    await host.button(answer, prompt(page)).click();
    await expect(prompt(page)).toBeHidden();
    await expect.poll(() => answers(frame)).not.toEqual([null]);
    return answers(frame);
  };
  const silent = async () => {
    await begin(frame, [`${target.url}/b`]);
    await expect.poll(() => answers(frame)).not.toEqual([null]);
    expect(await dialogs(page)).toBe(0);
    return answers(frame);
  };
  expect(await ask('While open')).toEqual(['ok']);
  expect(await silent()).toEqual(['ok']);
  await host.button('More about Feed Reader').click();
  await page.getByRole('menuitem', { name: 'Reload' }).click();
  await expect.poll(() => frame.isDetached()).toBe(true);
  await host.shown('Feed Reader');
  frame = await frameOf(page, 'Feed Reader');
  expect(await ask('Always')).toEqual(['ok']);
  expect(await silent()).toEqual(['ok']);

  // The person takes it back while the app runs.
  await frame.evaluate(() => {
    vault.on('permission.revoked', (key) => Object.assign(globalThis, { revoked: key }));
  });
  await page.getByRole('button', { name: /allowed$/ }).click();
  const line = page
    .getByRole('combobox', { name: /^Reach programs on this computer .* without encryption$/ })
    .first();
  await line.selectOption('deny');
  await expect(line).toHaveValue('deny');
  await page.keyboard.press('Escape');
  await expect
    .poll(() => frame.evaluate(() => (globalThis as { revoked?: { action: string } }).revoked?.action))
    .toBe('fetch');
  expect(await silent()).toEqual(['permission.denied']);
});

test('an open question holds nobody up, and goes with its app and at locking', async ({
  home,
  host,
  page,
}) => {
  const second = { manifest: { name: 'other', locales: { en: { title: 'Other' } } } };
  await askingVault(home, target, [await probe(home, second)]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Other');
  const other = await frameOf(page, 'Other');
  await host.openApp('Feed Reader');
  const frame = await frameOf(page, 'Feed Reader');
  // More than may run at once, each with less time than the question is open.
  const time = 10_000;
  await begin(frame, urls(70), time);
  await expect(prompt(page)).toBeVisible();
  await armed(page);
  // The app itself, and another one behind it.
  const kv = () => vault.kv.set('a', 1).then(() => vault.kv.get('a'));
  for (let i = 0; i < 20; i++) {
    expect(await frame.evaluate(kv)).toBe(1);
    expect(await other.evaluate(kv)).toBe(1);
  }
  await frame.evaluate((ms) => new Promise((over) => setTimeout(over, ms)), time);
  expect((await answers(frame)).every((a) => a === null)).toBe(true);

  await page.keyboard.press('Control+l');
  await expect(host.passphrase).toBeVisible();
  expect(await dialogs(page)).toBe(0);
  await host.unlock();
  expect(await dialogs(page)).toBe(0);
  expect(target.asked).toEqual([]);
});

test('a click outside is no answer but no for this time; a third no offers to close the app', async ({
  home,
  host,
  page,
}) => {
  const frame = await openAsking(home, host, target);
  const dialog = prompt(page);
  await begin(frame, [`${target.url}/a`]);
  await armed(page);
  await page.mouse.click(900, 600);
  await expect(dialog).toBeHidden();
  await expect.poll(() => answers(frame)).toEqual(['permission.dismissed']);
  for (const never of [false, true]) {
    await begin(frame, [`${target.url}/a`]);
    await armed(page);
    await expect(dialog.getByRole('checkbox', { name: 'Don’t ask me about this again' })).toBeVisible({
      visible: never,
    });
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  }
  await begin(frame, [`${target.url}/a`]);
  await armed(page);
  await host.button('Close Feed Reader', dialog).click();
  await expect(dialog).toBeHidden();
  await expect(host.tab('Feed Reader')).toBeHidden();
});

for (const [width, height] of [
  [1180, 760],
  [900, 600],
] as const) {
  test(`a question fits ${String(width)} by ${String(height)}, over any page of Alcove`, async ({
    home,
    host,
    page,
  }, info) => {
    await page.setViewportSize({ width, height });
    const frame = await openAsking(home, host, target);
    const look = async (name: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const path = info.outputPath(`${name}-${String(width)}-${colorScheme}.png`);
        await page.screenshot({ path });
      }
    };
    await begin(frame, [`${target.url}/v1/find?url=tidenotes.net`, `${target.url}/b`]);
    await armed(page);
    await look('prompt');
    const first = await shownPath(page);
    await page.keyboard.press('Escape');
    await expect(address(page)).not.toHaveText(`GET ${first}`);
    await armed(page);
    await host.button('Until a date, or a number of times', prompt(page)).click();
    await look('prompt-more');
    await page.keyboard.press('Escape');
    await expect(prompt(page)).toBeHidden();
    await host.home();
    await begin(frame, [`${target.url}/${'x'.repeat(3000)}`]);
    await armed(page);
    await look('prompt-home');
    // A long address hides nothing of what Alcove says about it.
    for (const label of ['Note', 'Has read', 'Asked before']) {
      await expect(prompt(page).getByText(label, { exact: true })).toBeInViewport();
    }
    const box = await page.locator('.PermissionPrompt').boundingBox();
    expect(
      box && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height,
    ).toBe(true);
    await accessible(page, 'a question of an app behind');
  });
}
