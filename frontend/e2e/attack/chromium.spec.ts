// A hostile app in Chromium through `alcove serve`: what a browser can hold. What
// it cannot is named in known.ts and in SECURITY.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator, Page } from '@playwright/test';
import { HostPage } from '../lib/host';
import { packFolder } from '../lib/packages';
import { binary } from '../lib/paths';
import { expect, test } from '../lib/test';
import { end } from '../window/desktop';
import { frameOf, launch, shots, watched } from './browser';
import { startNetwork } from './network';
import { routesOf, scriptName, unpacked } from './packages';
import { changedOutside, painted, within } from './pixels';
import { type Result, ids, judge, keep, openOnes, silent } from './verdict';

/** Looks at the page while the frame shows what it must not be able to show. */
async function look(page: Page, before: string, id: string, shown: Map<string, string>): Promise<void> {
  const picture = join(shots, `attack-chromium-${id}.png`);
  await page.screenshot({ path: picture, animations: 'disabled' });
  const frame = await page.evaluate<{ x: number; y: number; width: number; height: number }>(
    `(${frameOf})('Hostile').getBoundingClientRect().toJSON()`,
  );
  const paint = await painted(picture);
  if (paint !== null && !within(paint, frame)) shown.set(id, `painted ${JSON.stringify(paint)}`);
  const changed = await changedOutside(before, picture, frame);
  if (changed > 0) shown.set(id, `${String(changed)} pixels changed outside of the frame`);
  if (paint !== null) shown.set('painted', id);
  await page.evaluate(`(${frameOf})('Hostile').contentWindow.postMessage({ attack: 'looked' }, '*')`);
}

const textIn = async (app: FrameLocator, selector: string) => {
  const found = app.locator(selector);
  return (await found.count()) > 0
    ? ((await found.textContent({ timeout: 1000 }).catch(() => '')) ?? '')
    : '';
};

test('what a browser can hold is dead in Chromium', async ({ home }) => {
  test.setTimeout(240_000);
  await mkdir(shots, { recursive: true });
  const network = await startNetwork(home.dir, ids);
  const given = { routes: await routesOf(), script: await scriptName(), wait: 5000 };
  const folders = await unpacked(home.out(''), { ...network.config, ...given });
  await home.makeVault([
    await packFolder(home, folders.hostile, { as: 'hostile.alcove' }),
    await packFolder(home, folders.neighbour, { as: 'neighbour.alcove' }),
  ]);
  const server = await home.serve({ unlocked: true, program: await network.wrap(binary) });
  const origin = new URL(server.url).origin;
  network.expect(Number(new URL(server.url).port));
  const browser = await launch(network);
  const { page, context, shown } = await watched(browser);
  const host = new HostPage(page);
  await host.open(server.url);
  await host.atHome();
  await page.evaluate(() => Object.assign(window, { untouched: true }));

  const neighbour = await host.openApp('Neighbour');
  await expect(neighbour.locator('#state')).toHaveText('ready');
  await neighbour.locator('#field').fill('mine');
  const app = await host.openApp('Hostile');
  const stopped = page.getByRole('alertdialog', { name: /^Hostile / });
  const before = join(shots, 'attack-chromium-before.png');
  let clicked = '';
  await expect
    .poll(
      async () => {
        if (await stopped.isVisible()) {
          await host.button('Reload Hostile').click();
          return '';
        }
        const state = await textIn(app, '#state');
        if (state === 'waiting') {
          await page.screenshot({ path: before, animations: 'disabled' });
          await page.evaluate(
            `(() => { const frameOf = ${frameOf}; const told = { neighbour: frameOf('Neighbour').src.replace(/[^/]*$/, ''), looks: 'yes' };
            frameOf('Hostile').contentWindow.postMessage({ attack: told }, '*'); })()`,
          );
        }
        if (state.startsWith('look ')) await look(page, before, state.slice(5), shown);
        if (state.startsWith('click ') && state !== clicked) {
          clicked = state;
          await app
            .locator('#field')
            .click({ timeout: 2000 })
            .catch(() => undefined);
        }
        return state;
      },
      { timeout: 150_000, intervals: [50] },
    )
    .toBe('done');
  const results = JSON.parse(await textIn(app, '#json')) as Result[];

  const [owned, hash] = await page.evaluate(() => [
    (window as { owned?: number }).owned === 1,
    location.hash,
  ]);
  if (owned) shown.set('frames.top-javascript', 'it ran in the host page');
  if (hash !== '') shown.set('frames.top-hash', `the host page is at ${String(hash)}`);
  const heard = (await neighbour.locator('#heard').textContent()) ?? '';
  if (heard.includes('message')) shown.set('frames.sibling-forged-offer', 'the other app heard it');
  if (heard.includes('broadcast')) shown.set('store.broadcast', 'the other app heard it');
  const seen = await network.seen();
  const verdicts = judge(results, seen, shown);
  await keep('chromium', `Chromium ${browser.version()}`, network.way, verdicts);
  console.log(
    results
      .filter((r) => r.ms > 300)
      .map((r) => `${r.id} ${r.ms} ${r.outcome}`)
      .join('\n'),
  );
  console.log(JSON.stringify(seen), JSON.stringify([...shown]));

  expect(silent(results)).toEqual([]);
  expect(openOnes(verdicts)).toEqual([]);
  expect(results.map((r) => r.id).filter((id) => !id.startsWith('control.'))).toEqual(ids);
  expect(await page.evaluate(() => (window as { untouched?: boolean }).untouched)).toBe(true);
  expect(context.pages()).toHaveLength(1);
  expect(new URL(page.url()).origin).toBe(origin);
  await expect(page.locator('dialog[open]')).toHaveCount(0);
  await host.tab('Neighbour').click();
  await neighbour.locator('#field').fill('still mine');
  await expect(neighbour.locator('#state')).toHaveText(/^saved/);
  await browser.close();
  await network.stop();
});

test('the same attack on a host without a defence is noticed', async ({ home }) => {
  test.setTimeout(240_000);
  const network = await startNetwork(home.dir, ids);
  const given = { routes: ['/_host/api/app.state', '/_host/beat'], script: 'index.js', wait: 500 };
  await unpacked(home.out(''), {
    ...network.config,
    ...given,
    skip: ids.filter((id) => id.startsWith('leave.')),
  });
  const node = await network.wrap(process.execPath);
  const plain = spawn(node, [join(import.meta.dirname, 'plain.mjs'), home.out('')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(plain.stdout, 'data')) as [Buffer];
  const url = line.toString().trim();
  network.expect(Number(new URL(url).port));
  const browser = await launch(network);
  const { page, shown } = await watched(browser);
  await page.goto(url);
  const app = page.frameLocator('iframe[title="Hostile"]');
  let clicked = '';
  await expect
    .poll(
      async () => {
        const state = await textIn(app, '#state');
        if (state.startsWith('click ') && state !== clicked) {
          clicked = state;
          await app
            .locator('#field')
            .click({ timeout: 2000 })
            .catch(() => undefined);
        }
        return state;
      },
      { timeout: 100_000, intervals: [50] },
    )
    .toBe('done');
  const results = JSON.parse(await textIn(app, '#json')) as Result[];
  const seen = await network.seen();
  const verdicts = judge(results, seen, shown);
  await keep('chromium-control', `Chromium ${browser.version()}`, network.way, verdicts);
  console.log('CLOSED');
  console.log(
    results
      .filter((r) => !verdicts.get(r.id)?.open)
      .map((r) => `${r.id} ${r.ms} ${r.outcome}`)
      .join('\n'),
  );
  console.log(JSON.stringify([...shown]), JSON.stringify(seen.filter((s) => s.id === null)));
  await browser.close();
  await end(plain);
  await network.stop();
});
