// Other programs on this computer that ask a published haex extension: a client
// of its own make, the host's prompt, and the SDK as it is published.
import { join } from 'node:path';
import { type BrowserContext, type Page, chromium as browsers } from '@playwright/test';
import { accessible } from '../lib/axe';
import { chromium } from '../lib/chromium';
import { type Form, Program, freePort } from '../lib/external';
import { openProbe } from '../lib/haex-probe';
import type { HostPage } from '../lib/host';
import { fixtures } from '../lib/paths';
import { Target, armed, prompt } from '../lib/prompts';
import { expect, test } from '../lib/test';

const origin = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';

/** Switches it on as a person does. */
async function switchOn(host: HostPage, page: Page): Promise<number> {
  const port = await freePort();
  await host.settings('Other programs');
  await page.getByLabel('Port').fill(String(port));
  await host.button('Use this port').click();
  await expect(host.button('Use this port')).toBeDisabled();
  await page.getByRole('checkbox', { name: /^Programs can connect/ }).check();
  await expect(page.getByRole('checkbox', { name: /^Programs can connect/ })).toBeEnabled();
  return port;
}

/** A browser of its own that has the extension. */
function withExtension(profile: string): Promise<BrowserContext> {
  const extension = join(fixtures, 'browser-extension');
  return browsers.launchPersistentContext(profile, {
    ...chromium.launchOptions,
    headless: true,
    ignoreDefaultArgs: ['--disable-extensions'],
    args: [
      ...(chromium.launchOptions?.args ?? []),
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
    ],
  });
}

test('a program asks an app once the person lets it, and not any more when that is taken back', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const app = await openProbe(home, host);
  const program = await Program.make('haex-pass Browser Extension');

  // Off until the person switches it on.
  const port = await switchOn(host, page);
  await accessible(page, 'Other programs');

  for (const form of ['raw X25519', 'SPKI P-256'] as Form[]) {
    const asking = form === 'raw X25519' ? program : await Program.make('Older client', form);
    expect(await asking.connect(port, [app], origin)).toMatchObject({
      type: 'handshakeResponse',
      authorized: false,
      pendingApproval: true,
    });
    await expect(prompt(page)).toHaveAccessibleName(`“${asking.name}” wants to ask Haex Probe`);
    await expect(prompt(page)).toContainText(origin);
    await expect(prompt(page)).toContainText(asking.id.replace(/(.{4})(?=.)/g, '$1 '));
    expect(await asking.ask(app, 'greet', { who: 'Ada' })).toMatchObject({ code: 'UNAUTHORIZED' });
    if (form === 'raw X25519') await accessible(page, 'a program wants to ask');
    await armed(page);
    await host.button('Always', prompt(page)).click();
    expect(await asking.next()).toEqual({ type: 'authorizationUpdate', authorized: true });
    expect(await asking.ask(app, 'greet', { who: 'Ada' })).toEqual({
      requestId: 'r1',
      success: true,
      data: { hello: 'Ada', key: asking.publicKey },
    });
  }
  expect(await program.ask(app, 'break')).toMatchObject({ success: false, error: 'broken on purpose' });
  expect(await program.ask({ ...app, name: 'other' }, 'greet')).toMatchObject({
    success: false,
    errorCode: 'PERMISSION_DENIED',
  });

  // Nobody is asked again; the app is started where it is not open.
  expect(await program.connect(port, [app], origin)).toMatchObject({ authorized: true });
  await host.tab('Haex Probe').click();
  await page.getByTitle('Close Haex Probe').click();
  await expect(page.locator('iframe[title="Haex Probe"]')).toHaveCount(0);
  const answer = program.ask(app, 'greet', { who: 'Grace' });
  await expect(page.locator('iframe[title="Haex Probe"]')).toHaveCount(1);
  expect(await answer).toMatchObject({ success: true, data: { hello: 'Grace' } });

  // In the app's activity: who, what and what became of it, and nothing of what was said.
  await page.getByRole('navigation', { name: 'Main' }).getByRole('button', { name: 'Permissions' }).click();
  const activity = page.getByRole('region', { name: 'Activity', exact: true });
  await expect(activity).toContainText('Answered greet for the program “haex-pass Browser Extension”');
  await expect(activity).not.toContainText('Grace');
});

test('what is taken back counts at once, and locking ends every connection', async ({ home, host, page }) => {
  test.slow();
  const app = await openProbe(home, host);
  const port = await switchOn(host, page);
  const program = await Program.make('haex-pass Browser Extension');
  await program.connect(port, [app], origin);
  await armed(page);
  await host.button('Always', prompt(page)).click();
  expect(await program.next()).toEqual({ type: 'authorizationUpdate', authorized: true });
  expect(await program.ask(app, 'greet', { who: 'Ada' })).toMatchObject({ success: true });

  await expect(page.getByText('“haex-pass Browser Extension” may ask Haex Probe')).toBeVisible();
  await host.button('Take back what you decided about “haex-pass Browser Extension” and Haex Probe').click();
  expect(await program.next()).toEqual({ type: 'authorizationUpdate', authorized: false });
  expect(await program.ask(app, 'greet')).toMatchObject({ code: 'UNAUTHORIZED' });

  // Locking ends it.
  await host.lock();
  await program.ended();
  await expect(program.connect(port, [app], origin)).rejects.toThrow('ECONNREFUSED');
});

test('a program that the person does not allow, and what is hostile, gets nothing', async ({
  home,
  host,
  page,
}) => {
  test.slow();
  const app = await openProbe(home, host);
  const port = await switchOn(host, page);

  const refused = await Program.make('A program');
  await refused.connect(port, [app], origin);
  await armed(page);
  await page.keyboard.press('Escape');
  expect(await refused.next()).toEqual({ type: 'authorizationUpdate', authorized: false });
  expect(await refused.connect(port, [app], origin)).toMatchObject({
    authorized: false,
    pendingApproval: false,
  });
  await refused.ended();
  await expect(prompt(page)).toBeHidden();

  const program = await Program.make('Another program');
  await program.connect(port, [app]);
  await armed(page);
  await host.button('Until locked', prompt(page)).click();
  expect(await program.next()).toMatchObject({ authorized: true });
  for (const [what, code] of [
    ['{', 'PARSE_ERROR'],
    ['[]', 'PARSE_ERROR'],
    [JSON.stringify({ ...(await program.request(app, 'greet', {}, 'a')), iv: 'AAAA' }), 'DECRYPTION_ERROR'],
    [
      JSON.stringify({ ...(await program.request(app, 'greet', {}, 'a')), publicKey: program.publicKey }),
      'DECRYPTION_ERROR',
    ],
  ] as const) {
    program.send(what);
    expect(await program.next()).toMatchObject({ type: 'error', code });
  }
  const message = await program.request(app, 'greet', { who: 'Ada' }, 'once');
  program.send(message);
  expect(await program.answer()).toMatchObject({ requestId: 'once', success: true });
  program.send(message);
  expect(await program.answer()).toMatchObject({ type: 'error', code: 'REPLAYED' });
  program.send(' '.repeat((1 << 20) + 1));
  await program.ended();

  // A page of the web reaches nothing, by whatever name.
  const other = await Target.start();
  const tab = await page.context().newPage();
  await tab.goto(other.url);
  for (const name of ['localhost', '127.0.0.1'])
    expect(
      await tab.evaluate(
        (url) =>
          new Promise((done) => {
            const socket = new WebSocket(url);
            socket.onopen = () => done('open');
            socket.onerror = () => done('refused');
          }),
        `ws://${name}:${String(port)}`,
      ),
    ).toBe('refused');
  await tab.close();
  await other.stop();

  // The server lives.
  expect(await program.connect(port, [app])).toMatchObject({ authorized: true });
  expect(await program.ask(app, 'greet', { who: 'Ada' })).toMatchObject({ success: true });
  await page.getByRole('checkbox', { name: /^Programs can connect/ }).uncheck();
  await program.ended();
});

test('a browser lets its extension connect, and says which one it is', async ({ home, host, page }) => {
  test.slow();
  const app = await openProbe(home, host);
  const port = await switchOn(host, page);
  const program = await Program.make('A real extension');

  const browser = await withExtension(home.out('profile'));
  try {
    const worker = browser.serviceWorkers()[0] ?? (await browser.waitForEvent('serviceworker'));
    const heard = await worker.evaluate(
      ([url, hello]) =>
        (globalThis as unknown as { greet: (u: string, h: string) => unknown }).greet(url, hello),
      [`ws://localhost:${String(port)}`, JSON.stringify(program.hand([app]))] as const,
    );
    expect(JSON.parse(heard as string)).toMatchObject({ authorized: false, pendingApproval: true });
    await expect(prompt(page)).toContainText(`chrome-extension://${new URL(worker.url()).host}`);
  } finally {
    await browser.close();
  }
});
