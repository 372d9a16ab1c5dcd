import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LONGEST, PAUSE, Saver } from '../src/state/saver.ts';

interface Text {
  title?: string;
  body?: string;
}

function disk() {
  const writes: [string, Text][] = [];
  const states: string[] = [];
  const control = { failing: false, gate: undefined as Promise<void> | undefined };
  const saver = new Saver<Text>(
    async (id, changes) => {
      await control.gate;
      if (control.failing) throw new Error('disk full');
      writes.push([id, changes]);
    },
    (state) => states.push(state),
  );
  return { saver, writes, states, control };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('autosave', () => {
  it('writes once, after a pause, what was typed last', async () => {
    const { saver, writes, states } = disk();
    saver.edit('a', { body: 'h' });
    saver.edit('a', { body: 'he', title: 'T' });
    await vi.advanceTimersByTimeAsync(PAUSE - 1);
    expect(writes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(writes).toEqual([['a', { body: 'he', title: 'T' }]]);
    expect(states.at(-1)).toBe('saved');
  });

  it('does not wait longer than two seconds while typing never pauses', async () => {
    const { saver, writes } = disk();
    for (let t = 0; t < LONGEST + PAUSE; t += 100) {
      saver.edit('a', { body: String(t) });
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(writes.length).toBeGreaterThan(0);
  });

  it('flush writes everything, also what is typed while it writes', async () => {
    const { saver, writes, control } = disk();
    let open: () => void = () => undefined;
    control.gate = new Promise((resolve) => (open = resolve));
    saver.edit('a', { body: '1' });
    saver.edit('b', { body: '2' });
    const flushed = saver.flush();
    saver.edit('a', { body: '3' });
    expect(saver.unsaved('a')).toEqual({ body: '3' });
    open();
    await flushed;
    expect(writes).toEqual([
      ['a', { body: '1' }],
      ['b', { body: '2' }],
      ['a', { body: '3' }],
    ]);
    expect(saver.idle).toBe(true);
  });

  it('keeps what could not be written, says so, and tries again', async () => {
    const { saver, writes, states, control } = disk();
    control.failing = true;
    saver.edit('a', { body: 'mine', title: 'x' });
    await saver.flush();
    expect(states.at(-1)).toBe('failed');
    saver.edit('a', { body: 'mine!' });
    expect(saver.unsaved('a')).toEqual({ body: 'mine!', title: 'x' });
    expect(states.at(-1)).toBe('failed');
    control.failing = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(writes).toEqual([['a', { body: 'mine!', title: 'x' }]]);
    expect(states.at(-1)).toBe('saved');
  });

  it('forgets a note that is deleted', async () => {
    const { saver, writes } = disk();
    saver.edit('a', { body: 'x' });
    saver.forget('a');
    await saver.flush();
    expect(writes).toEqual([]);
  });
});
