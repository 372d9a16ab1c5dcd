// The network as an app has it: what it may reach, and what it may not.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Frame, Page } from '@playwright/test';
import { probe } from '../lib/packages';
import { expect, test } from '../lib/test';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

const frameOf = (page: Page): Frame => {
  const found = page.frames().find((f) => f.url().includes('/_ext/'));
  if (!found) throw new Error('no frame');
  return found;
};

async function serve(listener: RequestListener): Promise<{ server: Server; at: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, at: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

/** Fetches in the frame; gives the text, or the code of what refused it. */
const fetched = (frame: Frame, url: string) =>
  frame.evaluate(async (url) => {
    try {
      const response = await vault.net.fetch(url);
      return { status: response.status, url: response.url, text: await response.text() };
    } catch (error) {
      return { code: (error as { code: string }).code };
    }
  }, url);

test('an app reaches the host it declares, no other, and no other by a redirect', async ({
  home,
  host,
  page,
}) => {
  const seen: IncomingMessage['headers'][] = [];
  let others = 0;
  const other = await serve((_, response) => {
    others++;
    response.end('other');
  });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const own = await serve((request, response) => {
    seen.push(request.headers);
    if (request.url === '/away') response.writeHead(302, { location: `${other.at}/` }).end();
    else if (request.url === '/far')
      response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
    else if (request.url === '/inside') response.writeHead(302, { location: '/' }).end();
    else if (request.url === '/pieces') {
      response.write('first ');
      void released.then(() => response.end('second'));
    } else response.setHeader('Set-Cookie', 'a=b').end('hello');
  });
  const ask = (action: string, target: string) => ({ resource: 'net', action, target, reason: 'To test.' });
  const file = await probe(home, {
    manifest: {
      permissions: [
        ask('fetch', `${own.at}/*`),
        ask('private', `${own.at}/*`),
        ask('fetch', `${other.at}/*`),
      ],
    },
  });
  await home.makeVault();
  await home.alcove('ext', 'install', file, ...home.vaultFlags, '--grant', 'all');
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Probe');
  const frame = frameOf(page);

  await test.step('the declared host answers, without anything of the person', async () => {
    expect(await fetched(frame, `${own.at}/inside`)).toEqual({
      status: 200,
      url: `${own.at}/`,
      text: 'hello',
    });
    expect(await fetched(frame, `${own.at}/`)).toMatchObject({ status: 200 });
    for (const headers of seen) {
      expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'host', 'user-agent']);
    }
  });

  await test.step('what is not granted is refused', async () => {
    // Declared and allowed, but it lies on this computer, and that is not.
    expect(await fetched(frame, `${other.at}/`)).toEqual({ code: 'permission.undeclared' });
    expect(await fetched(frame, `${own.at}/away`)).toEqual({ code: 'net.private_refused' });
    expect(await fetched(frame, `${own.at}/far`)).toEqual({ code: 'net.redirect_refused' });
    expect(await fetched(frame, 'http://127.0.0.1:9/')).toEqual({ code: 'net.address' });
    expect(await fetched(frame, 'https://elsewhere.example/')).toEqual({ code: 'permission.undeclared' });
    expect(others).toBe(0);
  });

  await test.step('an answer arrives in pieces', async () => {
    const first = await frame.evaluate(async (url) => {
      const response = await vault.net.fetch(url);
      const reader = response.body?.getReader();
      Object.assign(globalThis, { reader });
      return new TextDecoder().decode((await reader?.read())?.value);
    }, `${own.at}/pieces`);
    expect(first).toBe('first ');
    release();
    const rest = await frame.evaluate(async () => {
      const { reader } = globalThis as unknown as { reader: ReadableStreamDefaultReader<Uint8Array> };
      const { value } = await reader.read();
      return [new TextDecoder().decode(value), (await reader.read()).done];
    });
    expect(rest).toEqual(['second', true]);
  });

  own.server.close();
  other.server.close();
});

test('what a page reaches for by itself is blocked, and in the activity', async ({ home, host, page }) => {
  test.slow();
  await home.makeVault([await probe(home)]);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Probe');
  await frameOf(page).evaluate(async () => {
    new Image().src = 'https://image.example/?secret=1';
    await fetch('https://plain.example/').catch(() => undefined);
    const text = `fetch('https://worker.example/').catch(() => 0).then(() => postMessage(0))`;
    const worker = new Worker(URL.createObjectURL(new Blob([text])));
    await new Promise((resolve) => (worker.onmessage = resolve));
  });
  await page.getByRole('button', { name: 'Permissions', exact: true }).click();
  const activity = page.getByRole('region', { name: 'Activity', exact: true });
  for (const words of ['load an image from image.example', 'reach plain.example', 'reach worker.example']) {
    const line = activity.getByRole('listitem').filter({ hasText: `Tried to ${words}` });
    await expect(line).toHaveCount(1);
    await expect(line).toContainText('blocked in the page');
  }
  await expect(activity.getByText('secret=')).toHaveCount(0);
});
