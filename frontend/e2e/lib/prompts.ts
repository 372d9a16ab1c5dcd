// An app that asks, and a server for what it asks to reach.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type Frame, type Locator, type Page, expect } from '@playwright/test';
import type { Home } from './alcove';
import type { HostPage } from './host';
import { probe } from './packages';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

export const reason = 'To find the feed address when you paste a website.';

/** A server on this computer that notes what was asked of it. */
export class Target {
  readonly asked: string[] = [];
  #server: Server | undefined;

  static async start(): Promise<Target> {
    const target = new Target();
    target.#server = createServer((request, response) => {
      target.asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (request.url === '/slow') return; // until stop
      if (request.url !== '/echo') {
        response.end(request.url === '/json' ? '{"a":1}' : 'here');
        return;
      }
      const { 'content-type': type, 'x-key': key } = request.headers;
      response.setHeader('Content-Type', 'application/json').setHeader('X-Answer', 'yes');
      response.statusCode = 201;
      void text(request).then((body) => response.end(JSON.stringify({ type, key, body })));
    });
    await new Promise<void>((done) => target.#server?.listen(0, '127.0.0.1', done));
    return target;
  }
  get host(): string {
    return `127.0.0.1:${String((this.#server?.address() as AddressInfo).port)}`;
  }
  get url(): string {
    return `http://${this.host}`;
  }
  async stop(): Promise<void> {
    await new Promise((done) => this.#server?.close(done));
  }
}

/** A vault with an app that may ask to reach this computer, and nothing decided about that. */
export async function askingVault(home: Home, target: Target, others: string[] = []): Promise<void> {
  const place = `${target.url}/*`;
  const app = await probe(home, {
    manifest: {
      locales: { en: { title: 'Feed Reader' } },
      permissions: [
        { resource: 'net', action: 'fetch', target: place, reason },
        { resource: 'net', action: 'private', target: place, reason: 'It is on this computer.' },
        { resource: 'net', action: 'fetch', target: 'https://*.feeds.invalid/*', reason },
        { resource: 'clipboard', action: 'read', reason: 'To paste.' },
      ],
    },
  });
  await home.makeVault(others);
  const grants = home.out('grants.json');
  await writeFile(
    grants,
    JSON.stringify([{ resource: 'net', action: 'private', target: place, decision: 'allow' }]),
  );
  await home.alcove('ext', 'install', app, ...home.vaultFlags, '--grant', grants);
}

/** The frame of an app that is on screen, once it has its vault. */
export async function frameOf(page: Page, title: string): Promise<Frame> {
  const element = await page.locator(`iframe[title="${title}"]`).elementHandle();
  const frame = await element?.contentFrame();
  if (!frame) throw new Error(`no frame of ${title}`);
  await frame.waitForFunction(() => 'vault' in globalThis);
  return frame;
}

/** The asking vault unlocked, with its app on screen. */
export async function openAsking(home: Home, host: HostPage, target: Target): Promise<Frame> {
  await askingVault(home, target);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Feed Reader');
  return frameOf(host.page, 'Feed Reader');
}

/** Makes calls at once without waiting; answers tells what became of them. */
export async function begin(frame: Frame, urls: string[], timeout = 30_000): Promise<void> {
  await frame.evaluate(
    ({ urls, timeout }) => {
      const answers: (string | null)[] = urls.map(() => null);
      Object.assign(globalThis, { answers });
      urls.forEach((url, i) => {
        vault.call('net.fetch', { url }, { timeout }).then(
          () => (answers[i] = 'ok'),
          (error: unknown) => (answers[i] = (error as { code: string }).code),
        );
      });
    },
    { urls, timeout },
  );
}

export const answers = (frame: Frame): Promise<(string | null)[]> =>
  frame.evaluate(() => (globalThis as unknown as { answers: (string | null)[] }).answers);

export const prompt = (page: Page): Locator => page.getByRole('alertdialog', { name: / wants to / });

/** The question can be answered now. */
export async function armed(page: Page): Promise<void> {
  await expect(prompt(page)).toHaveAttribute('data-armed', 'true');
}

/**
 * Keeps Go from hearing that something was painted, from where its half second
 * begins, until the returned function is called.
 */
export async function unpainted(page: Page, method: 'prompt.shown' | 'pick.shown'): Promise<() => void> {
  let tell = (): void => undefined;
  const told = new Promise<void>((go) => (tell = go));
  await page.route(`**/_host/api/${method}`, async (route) => {
    await told;
    await route.continue();
  });
  return tell;
}
