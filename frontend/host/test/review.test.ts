import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import type { Line, Review as ReviewData } from '../src/lib/api/schema';
import { armAfter, Review } from '../src/lib/state/review.svelte';

const line = (resource: string, more: Partial<Line> = {}): Line => ({
  resource,
  action: 'x',
  target: '',
  sentence: resource,
  detail: '',
  reason: '',
  icon: '',
  group: 'outside',
  fixed: false,
  unavailable: false,
  optional: false,
  decision: 'ask',
  change: '',
  ...more,
});
const data = (more: Partial<ReviewData> = {}): ReviewData => ({
  id: 'r',
  kind: 'install',
  extension: 'e',
  name: 'n',
  title: 'N',
  version: '1.0.0',
  previous_version: '',
  kept_version: '',
  description: '',
  author: '',
  homepage: '',
  icon: '',
  publisher: { key: '', words: [], hex: '', seen: false, apps: [] },
  dialect: 'alcove',
  older_signature: false,
  file: { name: '', size: 0, files: 0, sha256: '', release: '' },
  lines: [
    line('db', { fixed: true, decision: 'allow' }),
    line('net'),
    line('clipboard', { decision: 'deny' }),
    line('gone', { change: 'removed' }),
  ],
  threat: [{ text: 'first', strong: false }],
  ...more,
});

interface Call {
  method: string;
  params: Record<string, unknown>;
  signal?: AbortSignal | undefined;
  answer: (value: unknown) => void;
  fail: (error: unknown) => void;
}
let calls: Call[];
const client = {
  call: (method: string, params: Record<string, unknown>, signal?: AbortSignal) =>
    new Promise((answer, fail) => {
      signal?.addEventListener('abort', () => fail(new DOMException('', 'AbortError')));
      calls.push({ method, params, signal, answer, fail });
    }),
} as unknown as HostClient;

beforeEach(() => {
  calls = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('Install', () => {
  it('arms after 800 ms and once the list was seen to its end, in either order', () => {
    const slow = new Review(client, data());
    slow.seen = true;
    vi.advanceTimersByTime(armAfter - 1);
    expect(slow.ready).toBe(false);
    vi.advanceTimersByTime(1);
    expect(slow.ready).toBe(true);

    const unread = new Review(client, data());
    vi.advanceTimersByTime(armAfter * 10);
    expect(unread.ready).toBe(false);
    unread.seen = true;
    expect(unread.ready).toBe(true);
  });

  it('does nothing before it is armed', async () => {
    const review = new Review(client, data());
    review.seen = true;
    expect(await review.accept()).toBeNull();
    expect(calls).toEqual([]);
  });

  it('needs the tick when the name is taken', () => {
    const review = new Review(
      client,
      data({ warning: { code: 'name_taken', title: 'N', words: [], hex: '' } }),
    );
    review.seen = true;
    vi.advanceTimersByTime(armAfter);
    expect(review.ready).toBe(false);
    review.acknowledged = true;
    expect(review.ready).toBe(true);
  });

  it('is never offered for a refused package', () => {
    const review = new Review(
      client,
      data({ kind: 'downgrade', refusal: { code: 'extension.downgrade', message: '' } }),
    );
    review.seen = true;
    vi.advanceTimersByTime(armAfter);
    expect(review.ready).toBe(false);
  });

  it('sends a choice for every line that has one, and can be pressed once', async () => {
    const review = new Review(client, data());
    review.seen = true;
    vi.advanceTimersByTime(armAfter);
    const done = review.accept();
    expect(review.ready).toBe(false);
    expect(await review.accept()).toBeNull();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.params).toEqual({
      id: 'r',
      acknowledged: false,
      choices: [
        { resource: 'net', action: 'x', target: '', decision: 'ask' },
        { resource: 'clipboard', action: 'x', target: '', decision: 'deny' },
      ],
    });
    calls[0]?.answer({ extension: 'e' });
    expect(await done).toBe('e');
  });

  it('is given up by cancel, which also tells the host', async () => {
    const review = new Review(client, data());
    review.seen = true;
    vi.advanceTimersByTime(armAfter);
    const done = review.accept();
    void review.cancel();
    expect(await done).toBeNull();
    expect(calls.map((call) => call.method)).toEqual(['install.accept', 'install.cancel']);
    expect(calls[0]?.signal?.aborted).toBe(true);
    expect(review.error).toBeNull();
  });
});

describe('the sentence', () => {
  it('follows a choice, and the newest answer wins', async () => {
    const review = new Review(client, data());
    const net = review.data.lines[1] as Line;
    const first = review.choose(net, 'allow');
    const second = review.choose(net, 'deny');
    expect(calls.map((call) => call.params.choices)).toMatchObject([
      [{ decision: 'allow' }, {}],
      [{ decision: 'deny' }, {}],
    ]);
    calls[1]?.answer({ threat: [{ text: 'second', strong: false }] });
    calls[0]?.answer({ threat: [{ text: 'late', strong: false }] });
    await Promise.all([first, second]);
    expect(review.threat).toEqual([{ text: 'second', strong: false }]);
  });
});
