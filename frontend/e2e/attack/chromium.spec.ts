// A hostile app in Chromium through `alcove serve`: what a browser can hold. What
// it cannot is named in known.ts and in SECURITY.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FrameLocator } from '@playwright/test';
import { HostPage } from '../lib/host';
import { packFolder } from '../lib/packages';
import { binary } from '../lib/paths';
import { enough } from '../lib/patience';
import { expect, test } from '../lib/test';
import { end } from '../window/desktop';
import type { Rect } from '../window/harness';
import {
  afterwards,
  devices,
  filled,
  frameOf,
  type Watched,
  launch,
  quietly,
  said,
  shots,
  watched,
} from './browser';
import { known } from './known.mjs';
import { startNetwork } from './network';
import { routesOf, scriptName, unpacked } from './packages';
import { clicking, wholeAttack } from './siege';
import { changedOutside, hideMeters, painted, within } from './pixels';
import { type Result, ids, judge, keep, long, openOnes, silent, untried } from './verdict';

/** Looks at the page while the frame shows what it must not be able to show. */
async function look({ page, devtools, shown }: Watched, before: string, id: string): Promise<void> {
  const picture = join(shots, `attack-chromium-${id}.png`);
  await page.screenshot({ path: picture, animations: 'disabled' });
  const slot = `JSON.stringify((${frameOf})('Hostile').getBoundingClientRect())`;
  const frame = JSON.parse((await quietly(devtools, slot)) ?? '') as Rect;
  const paint = await painted(picture);
  if (paint !== null && !within(paint, frame)) shown.set(id, `painted ${JSON.stringify(paint)}`);
  const changed = await changedOutside(before, picture, frame);
  if (changed > 0) shown.set(id, `${String(changed)} pixels changed outside of the frame`);
  if (paint !== null) shown.set('painted', id);
  await quietly(devtools, `(${frameOf})('Hostile').contentWindow.postMessage({ attack: 'looked' }, '*')`);
}

/** Clicks in the app. A click that finds nothing is given again, by clicking, as long as a case waits for it. */
async function clicks(seat: Watched, app: FrameLocator): Promise<void> {
  await filled(seat);
  await app
    .locator('#field')
    .click({ timeout: 2000 })
    .catch(() => undefined);
}

test('what a browser can hold is dead in Chromium', async ({ home }) => {
  test.setTimeout(1.5 * wholeAttack);
  await mkdir(shots, { recursive: true });
  const network = await startNetwork(home.dir, ids);
  const given = { routes: await routesOf(), script: await scriptName(), wait: enough };
  const folders = await unpacked(home.out(''), { ...network.config, ...given });
  await home.makeVault([
    await packFolder(home, folders.hostile, { as: 'hostile.alcove' }),
    await packFolder(home, folders.neighbour, { as: 'neighbour.alcove' }),
  ]);
  const server = await home.serve({ unlocked: true, program: await network.wrap(binary) });
  const origin = new URL(server.url).origin;
  network.expect(Number(new URL(server.url).port));
  const browser = await launch(network);
  const seat = await watched(browser, origin);
  const { page, context, shown } = seat;
  const host = new HostPage(page);
  await host.open(server.url);
  await host.atHome();
  await page.evaluate(() => Object.assign(window, { untouched: true }));

  const neighbour = await host.openApp('Neighbour');
  await expect(neighbour.locator('#state')).toHaveText('ready');
  await neighbour.locator('#field').fill('mine');
  const app = await host.openApp('Hostile');
  const before = join(shots, 'attack-chromium-before.png');
  const due = clicking();
  let begun = false;
  await expect
    .poll(
      async () => {
        if (
          (await quietly(seat.devtools, `!!document.querySelector('[role="alertdialog"]') && 'stopped'`)) ===
          'stopped'
        ) {
          await host.button('Reload Hostile').click();
          return '';
        }
        const state = (await said(seat)).hostile.hostile;
        if (state === 'waiting') {
          await quietly(seat.devtools, hideMeters);
          await page.screenshot({ path: before, animations: 'disabled' });
          if (!begun) await page.waitForTimeout(5500); // until the click that opened the app is forgotten
          begun = true;
          await quietly(
            seat.devtools,
            `{ const frameOf = ${frameOf}; const told = { neighbour: (frameOf('Neighbour')?.src ?? '').replace(/[^/]*$/, ''), looks: 'yes' };
            frameOf('Hostile')?.contentWindow.postMessage({ attack: told }, '*'); }`,
          );
        }
        if (state.startsWith('look ')) await look(seat, before, state.slice(5));
        if (due(state)) await clicks(seat, app);
        return state;
      },
      { timeout: wholeAttack, intervals: [50] },
    )
    .toBe('done');
  const results = JSON.parse((await said(seat)).hostile.json) as Result[];

  await filled(seat);
  await afterwards(seat);
  const seen = await network.seen();
  const verdicts = judge(results, seen, shown);
  await keep('chromium', `Chromium ${browser.version()}`, network.way, verdicts);

  expect(silent(results)).toEqual([]);
  expect(untried(results)).toEqual([]);
  expect(openOnes(verdicts, known.open.chromium)).toEqual([]);
  expect(results.map((r) => r.id).filter((id) => !id.startsWith('control.'))).toEqual(ids);
  expect(await page.evaluate(() => (window as { untouched?: boolean }).untouched)).toBe(true);
  expect(context.pages()).toEqual([page, seat.clip]);
  expect(new URL(page.url()).origin).toBe(origin);
  await expect(page.locator('dialog[open]')).toHaveCount(0);
  await host.tab('Neighbour').click();
  await neighbour.locator('#field').fill('still mine');
  await expect(neighbour.locator('#state')).toHaveText(/^saved/);
  await browser.close();
  await network.stop();
});

/** The same as in the product, to the page without a defence. */
const tellPlain = ({ devtools }: Watched) =>
  quietly(
    devtools,
    `document.querySelector('iframe').contentWindow.postMessage({ attack: { neighbour: location.origin + '/_ext/neighbour/', looks: 'yes' } }, '*')`,
  );

/** Cases that would end the control run; each gets a page of its own. */
const ending = ids.filter((id) => /^leave\.|^click\.top|^frames\.form-host/.test(id));

test('the same attack on a host without a defence is noticed', async ({ home }) => {
  test.skip(!long, 'it proves the suite, not the product, in minutes: make test-full runs it');
  test.setTimeout(1.5 * wholeAttack);
  const network = await startNetwork(home.dir, ids);
  const given = { routes: ['/_host/api/app.state', '/_host/beat'], script: 'index.js', wait: enough };
  await unpacked(home.out(''), {
    ...network.config,
    ...given,
    skip: ending,
  });
  const node = await network.wrap(process.execPath);
  const plain = spawn(node, [join(import.meta.dirname, 'plain.mjs'), home.out('')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(plain.stdout, 'data')) as [Buffer];
  const url = line.toString().trim();
  network.expect(Number(new URL(url).port));
  const browser = await launch(network, devices);
  const seat = await watched(browser, new URL(url).origin, [
    ...['geolocation', 'notifications', 'camera', 'microphone'],
  ]);
  const { page, shown } = seat;
  await page.goto(url);
  const app = page.frameLocator('iframe[title="Hostile"]');
  const before = join(shots, 'attack-plain-before.png');
  const due = clicking();
  await expect
    .poll(
      async () => {
        const state = (await said(seat)).hostile.hostile;
        if (state === 'waiting') {
          await page.screenshot({ path: before, animations: 'disabled' });
          await app.locator('#field').click(); // what needs one is to be seen as well
          await tellPlain(seat);
        }
        if (state.startsWith('look ')) {
          // Nothing draws there but the host itself, so here it does.
          await quietly(seat.devtools, `document.getElementById('wall').style.background = '#f0f'`);
          await look(seat, before, state.slice(5));
        }
        if (due(state)) await clicks(seat, app);
        return state;
      },
      { timeout: wholeAttack, intervals: [50] },
    )
    .toBe('done');
  const results = JSON.parse((await said(seat)).hostile.json) as Result[];
  await filled(seat);
  await afterwards(seat);
  for (const id of ending) {
    await page.goto(`${url}?only=${id}`);
    await expect.poll(async () => (await said(seat)).hostile.hostile).toBe('waiting');
    await tellPlain(seat);
    const hostile = page.frames().find((f) => f.url().includes('/_ext/hostile/'));
    if (id.startsWith('click.')) {
      await expect(app.locator('#state')).toHaveText(`click ${id}`);
      await app.locator('#field').click();
    }
    // What has not begun by then does not begin.
    await page.waitForTimeout(900);
    if (page.url() !== `${url}?only=${id}`) shown.set(id, `the host page is ${page.url()}`);
    else if (hostile && !hostile.isDetached() && !hostile.url().includes('/_ext/hostile/')) {
      shown.set(id, `the frame is ${hostile.url()}`);
    }
    results.push({ id, outcome: 'tried', ms: 900 });
  }
  const seen = await network.seen();
  const verdicts = judge(results, seen, shown);
  await keep('chromium-control', `Chromium ${browser.version()}`, network.way, verdicts);
  await browser.close();
  await end(plain);
  await network.stop();
});
