// What a call from a frame to the database costs beside the bare round trip
// that carries it: both in one page session, taking turns. Budget: 1.5x.
import { appendFile } from 'node:fs/promises';
import type { Frame } from '@playwright/test';
import { probe } from '../lib/packages';
import { test } from '../lib/test';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

const ROUNDS = 12;
const CALLS = 100;

const median = (all: number[]) => [...all].sort((a, b) => a - b)[all.length >> 1] ?? NaN;

/** Milliseconds a query takes from inside the frame, one after the other. */
const frameCalls = (frame: Frame, bytes: number) =>
  frame.evaluate(
    async ({ bytes, calls }) => {
      const text = 'x'.repeat(bytes);
      const start = performance.now();
      for (let i = 0; i < calls; i++) {
        await vault.db.query('SELECT length(?) AS n', [text]);
      }
      return (performance.now() - start) / calls;
    },
    { bytes, calls: CALLS },
  );

for (const [name, bytes] of [
  ['100 B', 100],
  ['100 KB', 100_000],
] as const) {
  test(`frame to database and back, ${name}`, async ({ home, host, page }) => {
    await home.makeVault([await probe(home)]);
    const { url } = await home.serve({ unlocked: true });
    const token = new URL(url).hash.replace('#token=', '');
    await host.open(url);
    await host.atHome();
    await host.openApp('Probe');
    const frame = page.frames().find((f) => f.url().includes('/_ext/'));
    if (!frame) throw new Error('no frame');

    // The bare round trip: the same bytes to a route that does next to nothing.
    const bare = () =>
      page.evaluate(
        async ({ token, bytes, calls }) => {
          const body = new Uint8Array(bytes);
          const headers = { 'X-Alcove-Token': token, 'X-Alcove-Session': 'none' };
          const start = performance.now();
          for (let i = 0; i < calls; i++) {
            const answer = await fetch('/_host/call', { method: 'POST', headers, body });
            await answer.arrayBuffer();
          }
          return (performance.now() - start) / calls;
        },
        { token, bytes, calls: CALLS },
      );

    await frameCalls(frame, bytes);
    await bare();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      if (i % 2 === 0) ours.push(await frameCalls(frame, bytes));
      theirs.push(await bare());
      if (i % 2 === 1) ours.push(await frameCalls(frame, bytes));
    }
    const base = median(theirs);
    const line = (subject: string, value: number) => ({
      suite: 'frame',
      case: `call, ${name}`,
      subject,
      baseline: 'bare fetch',
      ratio: value / base,
      median: value,
      unit: 'ms',
      runs: ROUNDS,
    });
    for (const row of [line('bare fetch', base), line('frame to database', median(ours))]) {
      const text = [
        row.suite.padEnd(10),
        row.case.padEnd(28),
        row.subject.padEnd(28),
        row.median.toFixed(3).padStart(10),
      ];
      console.log(`${text.join(' ')} ms   ${row.ratio.toFixed(2)}x ${row.baseline}`);
      if (process.env.ALCOVE_BENCH_OUT) {
        await appendFile(process.env.ALCOVE_BENCH_OUT, `${JSON.stringify(row)}\n`);
      }
    }
  });
}
