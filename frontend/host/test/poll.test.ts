import { describe, expect, it } from 'vitest';
import { PollLoop } from '../src/lib/api/poll';
import type { HostEvent, PollAnswer } from '../src/lib/api/host-events';

const event = (seq: number, type = 'state'): HostEvent => ({ seq, type, data: {} });

/** Runs a loop against scripted answers; an Error is a lost answer. The last one stops the loop. */
async function run(script: (PollAnswer | Error)[], cursor: number | null = null) {
  const seen = {
    asked: [] as (number | null)[],
    events: [] as number[],
    gaps: 0,
    reach: [] as boolean[],
    pauses: [] as number[],
  };
  let step = 0;
  const loop: PollLoop = new PollLoop(
    {
      poll: async (from) => {
        seen.asked.push(from);
        const next = script[step++];
        if (next === undefined) {
          loop.stop();
          return { cursor: 0, events: [], gap: false };
        }
        if (next instanceof Error) throw next;
        return next;
      },
      onevent: ({ seq }) => seen.events.push(seq),
      ongap: () => (seen.gaps += 1),
      onreach: (reachable) => seen.reach.push(reachable),
      pause: async (ms) => void seen.pauses.push(ms),
    },
    cursor,
  );
  await loop.run();
  return seen;
}

describe('poll loop', () => {
  it('asks on from the last cursor and tells each event once', async () => {
    const seen = await run(
      [
        { cursor: 2, events: [event(1), event(2)], gap: false },
        { cursor: 3, events: [event(2), event(3)], gap: false },
      ],
      0,
    );
    expect(seen.asked).toEqual([0, 2, 3]);
    expect(seen.events).toEqual([1, 2, 3]);
    expect(seen.gaps).toBe(0);
  });

  it('starts where the state says, so that a reload repeats nothing', async () => {
    const seen = await run([{ cursor: 41, events: [event(41)], gap: false }], 40);
    expect(seen.asked[0]).toBe(40);
    expect(seen.events).toEqual([41]);
  });

  it('asks the same again after a lost answer, waits longer each time, and says so', async () => {
    const lost = new Error('network');
    const seen = await run([lost, lost, lost, { cursor: 8, events: [event(8)], gap: false }], 7);
    expect(seen.asked).toEqual([7, 7, 7, 7, 8]);
    expect(seen.pauses).toEqual([250, 500, 1_000]);
    expect(seen.reach).toEqual([false, true]);
    expect(seen.events).toEqual([8]);
  });

  it('asks for everything again after a gap, and takes a cursor that went back', async () => {
    const seen = await run(
      [
        { cursor: 3, events: [event(1), event(3)], gap: true },
        { cursor: 4, events: [event(4)], gap: false },
      ],
      900,
    );
    expect(seen.gaps).toBe(1);
    expect(seen.asked).toEqual([900, 3, 4]);
    expect(seen.events).toEqual([1, 3, 4]);
  });

  it('ends at once when it is stopped', async () => {
    let told = 0;
    const loop = new PollLoop({
      poll: (_cursor, signal) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
        ),
      onevent: () => (told += 1),
      ongap: () => (told += 1),
      onreach: () => (told += 1),
    });
    const done = loop.run();
    loop.stop();
    await done;
    expect(told).toBe(0);
  });
});
