// What an app may try with a question: to draw one of its own, and to take the
// keyboard from one of Alcove's.
import type { Page } from '@playwright/test';
import { Target, answers, armed, begin, frameOf, openAsking, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';

let target: Target;
test.beforeEach(async () => {
  target = await Target.start();
});
test.afterEach(() => target.stop());

test('a frame that draws a question of its own stays in its recess', async ({ home, host, page }) => {
  const frame = await openAsking(home, host, target);
  await frame.evaluate(() => {
    const fake = document.createElement('dialog');
    fake.id = 'fake';
    fake.innerHTML = '<h1>Feed Reader wants to reach safe.example.com</h1><button>Always</button>';
    fake.style.cssText =
      'position:fixed;inset:auto;left:-200px;top:-200px;width:2000px;height:2000px;margin:0;z-index:2147483647;background:red';
    document.body.append(fake);
    fake.showModal();
    const felt = { clicks: 0, keys: 0 };
    Object.assign(globalThis, { felt });
    addEventListener('pointerdown', () => (felt.clicks += 1), true);
    addEventListener('keydown', () => (felt.keys += 1), true);
  });
  const recess = await page.locator('main.Alcove').boundingBox();
  if (!recess) throw new Error('no recess');
  await begin(frame, [`${target.url}/a`]);
  await armed(page);
  const box = await page.locator('.PermissionPrompt').boundingBox();
  if (!box) throw new Error('no question');
  // It hangs from the host bar over the edge of the recess.
  expect(box.y).toBeLessThan(recess.y);
  expect(box.y + box.height).toBeGreaterThan(recess.y);
  const frameBox = await page.locator('iframe').boundingBox();
  expect(frameBox).toEqual(recess);

  // Wherever one points, the host has it; over the question it is the question.
  const hits = await page.evaluate(
    ({ box, width, height }) => {
      const out: string[] = [];
      for (let x = 4; x < width; x += 24) {
        for (let y = 4; y < height; y += 24) {
          const inside = x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
          const at = document.elementFromPoint(x, y);
          const good = inside
            ? at?.closest('.PermissionPrompt') !== null
            : at?.matches('dialog.PromptLayer') === true;
          if (!good) out.push(`${String(x)},${String(y)}: ${at?.tagName ?? 'nothing'}`);
        }
      }
      return out;
    },
    { box, width: 1180, height: 760 },
  );
  expect(hits.filter((hit) => !/BUTTON|SPAN|DD|DT/.test(hit))).toEqual([]);
  await expect(host.button('Don’t allow', prompt(page))).toBeFocused();
  const shot = await page.locator('.PermissionPrompt').screenshot();
  expect(await share(page, shot, [255, 0, 0])).toBeLessThan(0.001);

  await page.keyboard.type('abc');
  await page.mouse.move(box.x + 200, box.y + box.height + 60);
  const felt = await frame.evaluate(() => (globalThis as unknown as { felt: object }).felt);
  expect(felt).toEqual({ clicks: 0, keys: 0 });
  await page.keyboard.press('Escape');
  await expect(prompt(page)).toBeHidden();
  await expect.poll(() => answers(frame)).toEqual(['permission.denied']);
});

test('a frame that takes the keyboard from a question is stopped, and learns next to nothing', async ({
  home,
  host,
  page,
}) => {
  test.slow(); // a thief keeps the page busy, twice
  const thief = await openAsking(home, host, target);
  // It keeps what it reads where a test finds it when the frame is gone.
  const heard: string[] = [];
  page.on('console', (message) => {
    if (message.text().startsWith('heard ')) heard.push(message.text());
  });
  const steal = () => {
    const dialog = document.createElement('dialog');
    dialog.innerHTML = '<input>';
    document.body.append(dialog);
    addEventListener('keydown', (event) => console.log(`heard ${event.key}`), true);
    dialog.showModal();
    setInterval(() => {
      globalThis.focus();
      dialog.querySelector('input')?.focus();
    }, 20);
  };
  await begin(thief, [`${target.url}/a`]);
  await expect(prompt(page)).toBeVisible();
  await thief.evaluate(steal);
  await page.keyboard.type('correct horse battery staple', { delay: 20 });
  await expect(page.getByRole('alertdialog', { name: 'Feed Reader was stopped' })).toBeVisible();
  expect(heard.length).toBeLessThan(10);
  await expect(prompt(page)).toBeHidden();

  // The same from behind, while the person is on a page of Alcove.
  await host.button('Reload Feed Reader').click();
  await host.shown('Feed Reader');
  const again = await frameOf(page, 'Feed Reader');
  await host.home();
  await page.getByLabel('Find an app').click();
  heard.length = 0;
  await again.evaluate(steal);
  await page.keyboard.type('correct horse battery staple', { delay: 20 });
  await expect.poll(() => page.frames().length).toBe(1);
  expect(heard.length).toBeLessThan(10);
});

/** The share of a picture that has about this colour. */
function share(page: Page, png: Buffer, colour: [number, number, number]): Promise<number> {
  return page.evaluate(
    async ({ data, colour }) => {
      const picture = await createImageBitmap(
        new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }),
      );
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      const draw = canvas.getContext('2d');
      draw?.drawImage(picture, 0, 0);
      const pixels = draw?.getImageData(0, 0, picture.width, picture.height).data ?? [];
      let same = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        if (colour.every((c, k) => Math.abs((pixels[i + k] ?? 0) - c) < 24)) same += 1;
      }
      return same / (pixels.length / 4);
    },
    { data: png.toString('base64'), colour },
  );
}
