// One attack in Chromium, in the network it is put in: what the browser's own
// side shows of each case, and driving the hostile app to its end.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type CDPSession, type Page, chromium } from '@playwright/test';
import { chromium as options } from '../lib/chromium';
import type { Network } from './seen';
import { ids } from './verdict';

/** A camera and a screen to be seen, and a person who says yes. */
export const devices = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

// As a person runs it, and not as quiet as tests want it: guesses of what will be
// needed next, which open connections, are part of what is attacked.
const loud = ['--disable-background-networking', '--disable-component-extensions-with-background-pages'];

/** Starts Chromium in the network. */
export async function launch(network: Network, more: string[] = []): Promise<Browser> {
  const program = options.launchOptions?.executablePath ?? chromium.executablePath();
  if (!existsSync(program)) throw new Error(`${program} is not there`);
  return chromium.launch({
    executablePath: await network.wrap(program),
    ignoreDefaultArgs: loud,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', ...more],
    env: { ...env(), ...network.env },
  });
}

const env = () =>
  Object.fromEntries(Object.entries(process.env).filter((e): e is [string, string] => e[1] !== undefined));

export interface Watched {
  page: Page;
  devtools: CDPSession;
  /** A page of the same origin that may read the clipboard. */
  clip: Page;
  context: BrowserContext;
  /** What the browser's side saw of a case. */
  shown: Map<string, string>;
}

interface Said {
  hostile: { hostile: string; id: string; json: string };
  heard: string;
}

/** What the frames said of themselves last. */
export async function said({ devtools }: Pick<Watched, 'devtools'>): Promise<Said> {
  const text = await quietly(devtools, 'JSON.stringify(window.said)');
  return JSON.parse(text ?? '{"hostile":{"hostile":"","id":"","json":""},"heard":""}') as Said;
}

/** Runs a script in the host page. What a test usually does there counts as a click, in the frames as well. */
export async function quietly(devtools: CDPSession, expression: string): Promise<string | undefined> {
  const answer = await devtools
    .send('Runtime.evaluate', { expression, userGesture: false, returnByValue: true })
    .catch(() => undefined);
  return answer?.result.value as string | undefined;
}

/** A page whose windows, dialogs, downloads and file choosers are noted. */
export async function watched(
  browser: Browser,
  origin: string,
  permissions: string[] = [],
): Promise<Watched> {
  const geolocation = { latitude: 1, longitude: 1 };
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, geolocation });
  await context.grantPermissions(['clipboard-read', 'clipboard-write', ...permissions], { origin });
  const page = await context.newPage();
  // Nobody may read the clipboard in the host page; an address without a policy can.
  const clip = await context.newPage();
  await clip.goto(`${origin}/clip`);
  await page.bringToFront();
  // What the frames say of themselves is heard on top.
  await page.addInitScript(() => {
    const said = { hostile: { hostile: '', id: '', json: '' }, heard: '' };
    Object.assign(window, { said });
    addEventListener(
      'message',
      ({ data }: MessageEvent<Partial<typeof said.hostile> & { neighbour?: string }>) => {
        if (data.hostile !== undefined) Object.assign(said.hostile, data);
        if (data.neighbour !== undefined) said.heard += `${data.neighbour} `;
      },
    );
  });
  const shown = new Map<string, string>();
  const devtools = await context.newCDPSession(page);
  const running = async () => (await said({ devtools })).hostile.id;
  page.on('dialog', (d) => {
    shown.set('frames.alert', `a dialog: ${d.type()}`);
    void d.dismiss().catch(() => undefined);
  });
  context.on('page', (other) => {
    const id = ids.find((i) => other.url().endsWith(`/${i}`));
    void (async () => {
      shown.set(id ?? ((await running()) || 'window'), `a new window: ${other.url()}`);
      await other.close().catch(() => undefined);
    })();
  });
  page.on('download', (d) => {
    const kind = /hostile-?(.*)\.txt$/.exec(d.suggestedFilename())?.[1] ?? '';
    shown.set(
      { blob: 'frames.download-blob', click: 'click.download' }[kind] ?? 'frames.download',
      'a file was saved',
    );
    void d.cancel().catch(() => undefined);
  });
  page.on('filechooser', () => {
    void (async () => shown.set((await running()) || 'person.file', 'a file dialog'))();
  });
  return { page, devtools, clip, context, shown };
}

/** What is left on the page's side when the attack is over. */
export async function afterwards({ page, devtools, shown }: Watched): Promise<void> {
  const { heard } = await said({ devtools });
  const [owned, hash] = await page.evaluate(() => [
    (window as { owned?: number }).owned === 1,
    location.hash,
  ]);
  if (owned) shown.set('frames.top-javascript', 'it ran in the host page');
  if (hash !== '') shown.set('frames.top-hash', `the host page is at ${String(hash)}`);
  if (heard.includes('message')) shown.set('frames.sibling-forged-offer', 'the other app heard it');
  if (heard.includes('broadcast')) shown.set('store.broadcast', 'the other app heard it');
}

/** Whether a case filled the clipboard; what did names itself in it. */
export async function filled({ clip, shown }: Watched): Promise<void> {
  const text = await clip.evaluate(() => navigator.clipboard.readText());
  for (const [, id] of text.matchAll(/hostile ([a-z.-]+)/g)) if (id) shown.set(id, 'it filled the clipboard');
}

/** Where the frames with a title are in the host page, for scripts in it. */
export const frameOf = `(title) => [...document.querySelectorAll('iframe'), ...[...document.querySelectorAll('.Frame')].map((f) => f.shadowRoot.querySelector('iframe'))].find((f) => f?.title === title)`;

export const shots = join(import.meta.dirname, '../.shots');
