// One attack in the real window: the hostile app beside an honest one, until it
// has tried everything, and what the host's side shows of it.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { enough } from '../lib/patience';
import type { AppWindow, Home, Rect } from '../window/harness';
import { built, run, until } from '../window/harness';
import { openApp, pack, prepareVault, unlock } from '../window/product';
import { scriptName, unpacked, routesOf } from './packages';
import { changedOutside, hideMeters, painted, within } from './pixels';
import type { Network } from './seen';
import type { Result } from './verdict';

// Runs in the host page: the frame with a title.
const frameOf = `
  const frames = [...document.querySelectorAll('.Frame')].map((f) => f.shadowRoot.querySelector('iframe'));
  const frameOf = (title) => frames.find((f) => f?.title === title);
`;

/** How long the hostile app may take for all it tries, in ms: many times what it takes where nothing else runs. */
export const wholeAttack = 600_000;

/** Makes the vault with both apps in it. */
export async function lay(home: Home, network: Network, config: object = {}): Promise<void> {
  const given = { routes: await routesOf(), script: await scriptName(), wait: enough };
  const folders = await unpacked(home.dir, { ...network.config, ...given, ...config });
  const packages = [
    await pack(home, folders.hostile, join(home.dir, 'hostile.alcove')),
    await pack(home, folders.neighbour, join(home.dir, 'neighbour.alcove')),
  ];
  await prepareVault(home, packages);
}

export interface Siege {
  results: Result[];
  /** What the host's side saw of a case. */
  shown: Map<string, string>;
}

/**
 * Opens both apps and waits until the hostile one has tried everything. `painted`
 * has the host paint its own bars like a fake prompt, to see it noticed.
 */
export async function besiege(w: AppWindow, home: Home, options: { painted?: boolean } = {}): Promise<Siege> {
  await built('selections');
  await unlock(w);
  await openApp(w, 'Neighbour');
  await until('the neighbour', async () => (await w.findInFrame('#state')).text === 'ready');
  await w.fillInFrame('#field', 'mine');
  await w.key('ctrl+1');
  await openApp(w, 'Hostile');
  await w.evaluate(`
    window.untouched = true;
    window.heard = '';
    addEventListener('message', (e) => (window.heard += e.data?.neighbour ? e.data.neighbour + ' ' : ''));
  `);
  const shown = new Map<string, string>();
  let before = '';
  const due = clicking();
  let clicks = 0;
  const placed = await w.place({ x: 0, y: 0 });
  await until(
    'the attack to end',
    async () => {
      const now = await w.place({ x: 0, y: 0 });
      if (now.x !== placed.x || now.y !== placed.y) {
        shown.set('frames.resize', `the window went to ${String(now.x)},${String(now.y)}`);
        await w.moveTo(placed.x, placed.y);
      }
      if ((await w.find('[role="alertdialog"]')).found) {
        await w.click('[role="alertdialog"] button', 'Reload Hostile');
        await until('the app to start', async () => !(await w.find('[role="alertdialog"]')).found);
        return false;
      }
      const state = (await w.findInFrame('#state')).text ?? '';
      if (state === 'waiting') {
        await w.evaluate(hideMeters);
        before = await w.screenshot('attack-before');
        await tell(w);
      }
      if (state.startsWith('look ')) {
        if (options.painted) await w.evaluate(`document.querySelector('.Sidebar').style.background = '#f0f'`);
        await look(w, before, state.slice(5), shown);
      }
      if (due(state)) {
        await filled(w, shown);
        // Two clicks at one place would be a double click, which selects.
        await w.clickInFrame((clicks += 1) % 2 === 0 ? '#field' : 'h1');
      }
      return state === 'done';
    },
    wholeAttack,
    50,
  );
  const results = JSON.parse((await w.seeInFrame('#json')).text) as Result[];
  await filled(w, shown);
  await afterwards(w, home, shown);
  return { results, shown };
}

/**
 * Tells from the app's state when to click: once for each case that asks, and
 * again when the case has not noticed.
 */
export function clicking(): (state: string) => boolean {
  let [last, at] = ['', 0];
  return (state) => {
    if (!state.startsWith('click ') || (state === last && Date.now() - at < 3000)) return false;
    [last, at] = [state, Date.now()];
    return true;
  };
}

/** Whether a case filled the clipboard or the selection; what did names itself in it. */
async function filled(w: AppWindow, shown: Map<string, string>): Promise<void> {
  const { stdout } = await run(await built('selections'), [], {
    env: { ...process.env, DISPLAY: w.desktop.display },
  });
  for (const [, id] of stdout.matchAll(/hostile ([a-z.-]+)/g))
    if (id) shown.set(id, 'it filled the clipboard');
}

/** What the app is told over the window; a guess that happens to be right. */
async function tell(w: AppWindow): Promise<void> {
  await w.evaluate(
    `${frameOf}
    const told = { neighbour: (frameOf('Neighbour')?.src ?? '').replace(/[^/]*$/, ''), looks: 'yes' };
    frameOf('Hostile')?.contentWindow.postMessage({ attack: told }, '*');`,
  );
}

/** Looks at the screen while the frame shows what it must not be able to show. */
async function look(w: AppWindow, before: string, id: string, shown: Map<string, string>): Promise<void> {
  const picture = await w.screenshot(`attack-${id}`);
  const slot = await w.evaluate<Rect>(
    `${frameOf} const r = frameOf('Hostile').getBoundingClientRect(); return { x: r.x, y: r.y, width: r.width, height: r.height }`,
  );
  const frame = { ...slot, ...(await w.place(slot)) };
  const paint = await painted(picture);
  if (paint !== null && !within(paint, frame)) {
    shown.set(id, `painted ${JSON.stringify(paint)} outside of ${JSON.stringify(frame)}`);
  }
  const changed = await changedOutside(before, picture, frame);
  if (changed > 0) shown.set(id, `${String(changed)} pixels changed outside of the frame`);
  if (paint !== null) shown.set('painted', id);
  await w.evaluate(`${frameOf} frameOf('Hostile').contentWindow.postMessage({ attack: 'looked' }, '*')`);
}

/** What is left of the attack on the host's side when it is over. */
async function afterwards(w: AppWindow, home: Home, shown: Map<string, string>): Promise<void> {
  const { owned, hash } = await w.evaluate<{ owned: boolean; hash: string }>(
    'return { owned: window.owned === 1, hash: location.hash }',
  );
  if (owned) shown.set('frames.top-javascript', 'it ran in the host page');
  if (hash !== '') shown.set('frames.top-hash', `the host page is at ${hash}`);
  const title = await w.title();
  if (title !== 'Alcove') shown.set('channel.window', `the window is called ${title}`);
  for (const file of await readdir(home.home, { recursive: true })) {
    const saved = /hostile(-blob|-click)?\.txt$/.exec(file);
    if (saved)
      shown.set(
        { '-blob': 'frames.download-blob', '-click': 'click.download' }[saved[1] ?? ''] ?? 'frames.download',
        file,
      );
  }
  const heard = await w.evaluate<string>('return window.heard');
  if (heard.includes('message')) shown.set('frames.sibling-forged-offer', 'the other app heard it');
  if (heard.includes('broadcast')) shown.set('store.broadcast', 'the other app heard it');
}

/** The honest app is as well as before, and the host page is the one that was there. */
export async function unharmed(w: AppWindow): Promise<string[]> {
  const wrong: string[] = [];
  const page = await w.evaluate<[boolean, string]>('return [window.untouched === true, location.href]');
  if (!page[0] || page[1] !== 'wails://wails/') wrong.push(`the host page: ${page.join()}`);
  if ((await w.find('dialog[open]')).found) wrong.push('a dialog is open');
  if ((await w.phase()) !== 'unlocked') wrong.push('the vault is not open');
  await w.key('ctrl+2');
  await w.fillInFrame('#field', 'still mine');
  await until('the neighbour to save', async () => /^saved/.test((await w.findInFrame('#state')).text));
  if ((await w.seeInFrame('#field')).value !== 'still mine') wrong.push('the neighbour lost its text');
  return wrong;
}
