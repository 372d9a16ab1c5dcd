import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import { HostError } from '../src/lib/api/errors';
import { armAfter, Prompts } from '../src/lib/state/prompts.svelte';

/** A host with a queue of questions, by their ids. */
class Host {
  queue: number[] = [];
  calls: [string, Record<string, unknown>][] = [];
  refuse: HostError | null = null;

  readonly client = {
    call: (method: string, params: Record<string, unknown> = {}) => {
      this.calls.push([method, params]);
      if (method === 'prompt.current') {
        const id = this.queue[0];
        return Promise.resolve({ prompt: id === undefined ? null : { id } });
      }
      if (this.refuse && method === 'prompt.answer') return Promise.reject(this.refuse);
      if (method === 'prompt.answer' || method === 'prompt.dismiss') this.queue.shift();
      return Promise.resolve({});
    },
  } as unknown as HostClient;

  sent(method: string) {
    return this.calls.filter(([name]) => name === method).map(([, params]) => params);
  }
}

let host: Host;
let prompts: Prompts;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('document', { activeElement: null });
  vi.stubGlobal('HTMLElement', Object);
  host = new Host();
  prompts = new Prompts(host.client);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function ask(...ids: number[]) {
  host.queue = ids;
  await prompts.refresh();
  await prompts.shown(ids[0] ?? 0);
}

describe('a question', () => {
  it('takes no answer before it was seen long enough, and one afterwards', async () => {
    await ask(1, 2);
    await prompts.answer('always');
    vi.advanceTimersByTime(armAfter - 1);
    await prompts.answer('deny');
    await prompts.dismiss();
    expect(host.sent('prompt.answer')).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(prompts.armed).toBe(true);
    await prompts.answer('uses', { uses: 3, fold: true });
    expect(host.sent('prompt.answer')).toEqual([{ id: 1, choice: 'uses', uses: 3, fold: true }]);
    expect(prompts.current?.id).toBe(2);
    expect(prompts.armed).toBe(false);
  });

  it('is not armed by the time of the one before it', async () => {
    await ask(1, 2);
    await prompts.shown(1);
    vi.advanceTimersByTime(armAfter);
    await prompts.answer('once');
    await prompts.shown(2);
    vi.advanceTimersByTime(armAfter - 1);
    expect(prompts.armed).toBe(false);
  });

  it('stays open, and can be answered again, when the answer was refused', async () => {
    await ask(1);
    vi.advanceTimersByTime(armAfter);
    host.refuse = new HostError('vault.wrong_passphrase', 'No.');
    await prompts.answer('once', { passphrase: new Uint8Array([1]) });
    expect(prompts.error?.code).toBe('vault.wrong_passphrase');
    expect(prompts.current?.id).toBe(1);
    host.refuse = null;
    await prompts.answer('deny');
    expect(prompts.current).toBe(null);
    expect(prompts.error).toBe(null);
  });

  it('goes quietly when it is not asked any more', async () => {
    await ask(1);
    vi.advanceTimersByTime(armAfter);
    host.refuse = new HostError('prompt.gone', 'Gone.');
    host.queue = [];
    await prompts.answer('once');
    expect(prompts.current).toBe(null);
    expect(prompts.error).toBe(null);
  });

  it('is not brought back by an answer to an earlier look', async () => {
    host.queue = [1];
    const looking = prompts.refresh();
    prompts.clear();
    await looking;
    expect(prompts.current).toBe(null);
  });
});
