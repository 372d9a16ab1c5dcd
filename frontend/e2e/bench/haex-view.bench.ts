// The first view of a haex extension of 300 files, as Nuxt makes them, beside the
// same files in a frame from a plain server, with all rights and sandboxed as an
// extension is, in turns, in one run. Budget: at most 1.3x of the sandboxed one. The package is verified again each time that it is opened.
import { appendFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { HaexPublisher } from '../lib/haex-apps';
import { expect, test } from '../lib/test';

const rounds = Number(process.env.ALCOVE_BENCH_ROUNDS ?? 9);
const chunks = 280;
const sheets = 18;
const title = 'Many Files';

/** A page of an entry, chunks that it loads and style sheets: 300 files with the index. */
function files(): Record<string, string> {
  const all: Record<string, string> = {};
  const filler = (n: number) => `/* ${'x'.repeat(500 + ((n * 997) % 6000))} */`;
  for (let n = 0; n < chunks; n++)
    all[`_nuxt/c${String(n)}.js`] = `${filler(n)}\nexport const value = ${String(n)};`;
  for (let n = 0; n < sheets; n++)
    all[`_nuxt/s${String(n)}.css`] = `${filler(n)}\n.s${String(n)} { color: red }`;
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => String(n));
  all['_nuxt/entry.js'] = [
    ...numbers(chunks).map((n) => `import { value as v${n} } from './c${n}.js';`),
    `const sum = ${numbers(chunks)
      .map((n) => `v${n}`)
      .join(' + ')};`,
    `document.body.append('sum ' + sum);`,
    `requestAnimationFrame(() => requestAnimationFrame(() => { globalThis.seen = performance.timeOrigin + performance.now(); }));`,
    `addEventListener('message', ({ data, ports: [port] }) => {`,
    `  if (data?.type !== 'haexspace:port:init' || !port) return;`,
    `  port.postMessage({ type: 'haexspace:port:ready' });`,
    `  port.postMessage({ id: 'req_1', method: 'extension_context_get', params: {}, timestamp: 0 });`,
    `}, { once: true });`,
  ].join('\n');
  const links = numbers(sheets).map((n) => `<link rel="stylesheet" href="./_nuxt/s${n}.css">`);
  all['index.html'] =
    `<!doctype html><html><head><meta charset="utf-8">${links.join('')}<script type="module" src="./_nuxt/entry.js"></script></head><body></body></html>`;
  return all;
}

/** Serves the files from memory, as plainly as can be, below any first folder. */
async function plain(all: Record<string, string>): Promise<Server> {
  const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', html: 'text/html' };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/[^/]*\//, '');
    const text = path === '' ? '<!doctype html><body></body>' : all[path];
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/html';
    response.writeHead(text === undefined ? 404 : 200, {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      'Access-Control-Allow-Origin': '*',
    });
    response.end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** When the frame had painted, as time since the page began to open it. */
async function seen(page: Page, from: number, address: RegExp): Promise<number> {
  let at = 0;
  await expect
    .poll(async () => {
      const frame = page.frames().find((one) => address.test(one.url()));
      at = (await frame?.evaluate(() => (globalThis as { seen?: number }).seen ?? 0).catch(() => 0)) ?? 0;
      return at;
    })
    .toBeGreaterThan(0);
  return at - from;
}

test.use({ trace: 'off' });

/** How the plain server's files are framed: with all rights, or as a frame of an extension is. */
type Frame = 'plain' | 'sandboxed';

const median = (list: number[]) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? NaN;

async function record(kind: Frame, base: number[], own: number[]): Promise<void> {
  const ratio = median(own) / median(base);
  const baseline = `${kind} frame`;
  const figure = { suite: 'haex', case: 'first view, 300 files', subject: 'Alcove', baseline, ratio };
  const line = { ...figure, median: median(own), unit: 'ms', runs: own.length };
  console.log(
    `${line.suite.padEnd(10)} ${line.case.padEnd(28)} ${line.subject.padEnd(28)} ${line.median.toFixed(1).padStart(10)} ms  ${ratio.toFixed(2)}x ${baseline} (${median(base).toFixed(1)} ms)`,
  );
  if (process.env.ALCOVE_BENCH_OUT)
    await appendFile(process.env.ALCOVE_BENCH_OUT, `${JSON.stringify(line)}\n`);
}

test('first view of 300 files beside a plain server', async ({ browser, home, host, page }) => {
  test.setTimeout(600_000);
  const all = files();
  expect(Object.keys(all)).toHaveLength(300);
  const server = await plain(all);
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const publisher = await HaexPublisher.make();
  try {
    await home.makeVault([await publisher.pack('many-files', all)]);
    await host.open((await home.serve({ unlocked: true })).url);
    await host.atHome();
    const other = await browser.newPage();
    const times = { plain: [] as number[], sandboxed: [] as number[], alcove: [] as number[] };
    for (let i = 0; i <= rounds; i++) {
      const bare: Record<Frame, number> = { plain: 0, sandboxed: 0 };
      for (const kind of ['plain', 'sandboxed'] as const) {
        await other.goto(`${origin}/host/`);
        const from = await other.evaluate(
          ([address, sandboxed]) => {
            const frame = document.createElement('iframe');
            if (sandboxed) frame.setAttribute('sandbox', 'allow-scripts');
            frame.src = address;
            document.body.append(frame);
            return performance.timeOrigin + performance.now();
          },
          [`${origin}/${kind}${String(i)}/index.html`, kind === 'sandboxed'] as const,
        );
        bare[kind] = await seen(other, from, new RegExp(`/${kind}${String(i)}/`));
      }

      await host.home();
      const pressed = await host.tile(title).evaluate((tile: HTMLElement) => {
        const at = performance.timeOrigin + performance.now();
        (tile.closest('button') ?? tile.querySelector('button') ?? tile).click();
        return at;
      });
      const own = await seen(page, pressed, /\/_ext\//);
      await host.shown(title);
      await host.tab(title).focus();
      await page.keyboard.press('Delete');
      await expect(host.tab(title)).toHaveCount(0);
      if (i === 0) continue; // warm
      times.plain.push(bare.plain);
      times.sandboxed.push(bare.sandboxed);
      times.alcove.push(own);
    }
    for (const kind of ['plain', 'sandboxed'] as const) await record(kind, times[kind], times.alcove);
  } finally {
    server.close();
    await publisher.remove();
  }
});
