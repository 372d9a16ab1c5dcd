// One attack in Chromium, in the network it is put in: what the browser's own
// side shows of each case, and driving the hostile app to its end.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type Page, chromium } from '@playwright/test';
import { chromium as options } from '../lib/chromium';
import type { Network } from './seen';
import { ids } from './verdict';

// The person granted what can be granted, and there is a camera and a screen to
// be seen: an app must not get any of it even so.
const granted = ['clipboard-read', 'clipboard-write', 'geolocation', 'notifications', 'camera', 'microphone'];
const devices = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

export async function launch(network: Network): Promise<Browser> {
  const { args = [], executablePath } = options.launchOptions ?? {};
  const program = executablePath ?? chromium.executablePath();
  if (!existsSync(program)) throw new Error(`${program} is not there`);
  const inside = await network.wrap(program);
  return chromium.launch({
    executablePath: inside,
    args: [...args, ...devices],
    env: { ...env(), ...network.env },
  });
}

const env = () =>
  Object.fromEntries(Object.entries(process.env).filter((e): e is [string, string] => e[1] !== undefined));

export interface Watched {
  page: Page;
  context: BrowserContext;
  /** What the browser's side saw of a case. */
  shown: Map<string, string>;
}

/** A page whose windows, dialogs, downloads and file choosers are noted. */
export async function watched(browser: Browser): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, permissions: granted });
  const page = await context.newPage();
  const shown = new Map<string, string>();
  const running = async () =>
    (await page
      .frames()
      .find((f) => f.url().includes('/_ext/') && f !== page.mainFrame())
      ?.evaluate(() => document.documentElement.dataset.case)
      .catch(() => undefined)) ?? '';
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
  return { page, context, shown };
}

/** Where the frames with a title are in the host page, for scripts in it. */
export const frameOf = `(title) => [...document.querySelectorAll('iframe'), ...[...document.querySelectorAll('.Frame')].map((f) => f.shadowRoot.querySelector('iframe'))].find((f) => f?.title === title)`;

export const shots = join(import.meta.dirname, '../.shots');
