// What a call from a frame to the database costs beside the bare round trip
// that carries it: both in one page session, taking turns.
import { appendFile } from 'node:fs/promises';
import type { Frame } from '@playwright/test';
import { probe } from '../lib/packages';
import { expect, test } from '../lib/test';
import type { Vault } from '../../sdk/src/index';

declare const vault: Vault;

const ROUNDS = 12;
const CALLS = 100;
const BUDGET = 1.5;

const median = (all: number[]) => all.sort((a, b) => a - b)[all.length >> 1] ?? NaN;

/** Milliseconds a query takes from inside the frame, one after the other. */
const frameCalls = (frame: Frame, bytes: number) =>
  frame.evaluate(
    async ({ bytes, calls }) => {
      const start = performance.now();
      for (let i = 0; i < calls; i++) {
        await vault.db.query('SELECT ? AS text', ['x'.repeat(bytes)]);
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
    const subject: number[] = [];
    const baseline: number[] = [];
    const ratios: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const first = i % 2 === 0 ? await frameCalls(frame, bytes) : await bare();
      const second = i % 2 === 0 ? await bare() : await frameCalls(frame, bytes);
      const [ours, theirs] = i % 2 === 0 ? [first, second] : [second, first];
      subject.push(ours);
      baseline.push(theirs);
      ratios.push(ours / theirs);
    }
    const row = {
      suite: 'frame',
      case: `query, ${name}`,
      subject: median(subject),
      baseline: median(baseline),
      ratio: median(ratios),
      median: median(subject),
      unit: 'ms',
      runs: ROUNDS,
    };
    console.log(JSON.stringify(row));
    if (process.env.ALCOVE_BENCH_OUT)
      await appendFile(process.env.ALCOVE_BENCH_OUT, `${JSON.stringify(row)}\n`);
    expect(row.ratio).toBeLessThan(BUDGET * 4); // far off is a defect; the budget itself is judged where all figures are
  });
}
