import { beforeEach, describe, expect, it } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import { HostError } from '../src/lib/api/errors';
import { Relay } from '../src/lib/frame/relay';
import { OpenApp } from '../src/lib/state/apps.svelte';
import { neededFor } from '../src/lib/state/needed';
import { Tabs } from '../src/lib/state/tabs.svelte';

/** Go, as far as tabs are about it: which sessions there are, seen or not, and which may stay. */
class Go {
  calls: [string, Record<string, unknown>][] = [];
  hidden = new Map<string, boolean>();
  stays = new Set<string>();
  refuses = false;
  #last = 0;
  /** Answers that are held back, by method. */
  held = new Map<string, (() => void)[]>();

  readonly client = {
    call: async (method: string, params: Record<string, unknown> = {}) => {
      this.calls.push([method, params]);
      const answer = this.#answer(method, params);
      const held = this.held.get(method);
      if (held) await new Promise<void>((resolve) => held.push(resolve));
      return answer;
    },
  } as unknown as HostClient;

  #answer(method: string, params: Record<string, unknown>): unknown {
    const session = String(params.session);
    switch (method) {
      case 'ext.open': {
        if (this.refuses) throw new HostError('extension.quarantined', 'Its files changed.');
        const name = `${String(params.id)}-${String(++this.#last)}`;
        this.hidden.set(name, params.hidden === true);
        return {
          session: name,
          frame: `frame of ${name}`,
          src: '_ext/x/',
          context: {},
          display: 'tab',
          title: '',
        };
      }
      case 'ext.hide': {
        const kept = this.stays.has(String(session.split('-')[0])) && this.hidden.has(session);
        if (kept) this.hidden.set(session, true);
        return { kept };
      }
      case 'ext.show':
        this.hidden.set(session, false);
        return {};
      case 'ext.close':
        this.hidden.delete(session);
        return {};
      default:
        return {};
    }
  }

  /** Lets the oldest answer that is held back go. */
  release(method: string): void {
    this.held.get(method)?.shift()?.();
  }

  count(method: string): number {
    return this.calls.filter(([name]) => name === method).length;
  }
}

/** Time that passes when the test says so. */
class Time {
  now = 0;
  #waits: { at: number; work: () => void }[] = [];
  readonly after = (work: () => void, ms: number) => {
    const wait = { at: this.now + ms, work };
    this.#waits.push(wait);
    return () => void (this.#waits = this.#waits.filter((other) => other !== wait));
  };
  async pass(ms: number): Promise<void> {
    this.now += ms;
    const due = this.#waits.filter(({ at }) => at <= this.now);
    this.#waits = this.#waits.filter(({ at }) => at > this.now);
    for (const { work } of due) work();
    await settle();
  }
}

/** What was begun and waits for nothing but promises is done. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

let go: Go;
let time: Time;
let tabs: Tabs;

beforeEach(() => {
  go = new Go();
  time = new Time();
  const around = { client: go.client, relay: new Relay(4), watch: false, environment: () => ({}) };
  tabs = new Tabs(go.client, (id, title) => new OpenApp(id, title, around), time.after);
});

const ids = (apps: OpenApp[]) => apps.map((app) => app.id);
const only = (id: string): OpenApp => {
  const app = tabs.running(id);
  if (!app) throw new Error(`${id} does not run`);
  return app;
};
async function opened(id: string): Promise<OpenApp> {
  tabs.launch(id, id);
  await settle();
  return only(id);
}

describe('closing a tab', () => {
  it('ends an app that may not go on', async () => {
    const app = await opened('notes');
    const closing = tabs.close(app);
    expect(ids(tabs.open)).toEqual([]); // at once
    expect(tabs.active).toBeNull();
    await closing;
    expect(tabs.frames).toEqual([]);
    expect(go.hidden.size).toBe(0);
    expect(go.calls.filter(([name]) => name === 'tabs.set').at(-1)?.[1]).toEqual({ open: [], active: '' });
  });

  it('keeps the same frame of one that may, and shows it again', async () => {
    go.stays.add('feeds');
    const app = await opened('feeds');
    const { frame, generation } = app;
    await tabs.close(app);
    expect(ids(tabs.open)).toEqual([]);
    expect(ids(tabs.unseen)).toEqual(['feeds']);
    expect(go.hidden.get('feeds-1')).toBe(true);

    await opened('feeds');
    expect(tabs.active).toBe(app);
    expect(tabs.unseen).toEqual([]);
    expect([app.frame, app.generation, go.count('ext.open')]).toEqual([frame, generation, 1]);
    expect(go.hidden.get('feeds-1')).toBe(false);
    await time.pass(10 * neededFor);
    expect(ids(tabs.open)).toEqual(['feeds']);
  });

  it('moves no frame: the one that comes back is last among the tabs only', async () => {
    go.stays.add('feeds');
    const app = await opened('feeds');
    await opened('notes');
    await tabs.close(app);
    await opened('feeds');
    expect(ids(tabs.open)).toEqual(['notes', 'feeds']);
    expect(ids(tabs.frames)).toEqual(['feeds', 'notes']);
  });

  it.each([true, false])('that is opened again before Go answered stays (may go on: %s)', async (may) => {
    if (may) go.stays.add('feeds');
    const app = await opened('feeds');
    go.held.set('ext.hide', []);
    const closing = tabs.close(app);
    await settle();
    tabs.launch('feeds', 'feeds');
    go.release('ext.hide');
    await closing;
    await settle();
    expect(tabs.open).toEqual([app]);
    expect(go.hidden.get('feeds-1')).toBe(false);
    expect(go.count('ext.open')).toBe(1);
  });

  it('ends an app whose answer does not come', async () => {
    const app = await opened('feeds');
    const { call } = go.client;
    go.client.call = ((method: string, params: object) =>
      method === 'ext.hide'
        ? Promise.reject(new Error('gone'))
        : call(method as never, params as never)) as never;
    await tabs.close(app);
    expect(tabs.frames).toEqual([]);
  });
});

describe('an app that another one needs', () => {
  it('starts out of sight, and closes a minute after it was last needed', async () => {
    tabs.wake('passwords', 'Passwords');
    await settle();
    const app = only('passwords');
    expect(ids(tabs.unseen)).toEqual(['passwords']);
    expect(tabs.active).toBeNull();
    expect(go.hidden.get('passwords-1')).toBe(true);
    await time.pass(neededFor - 1);
    tabs.asked(app);
    await time.pass(neededFor - 1);
    tabs.wake('passwords', 'Passwords');
    await settle();
    await time.pass(neededFor - 1);
    expect(tabs.frames).toEqual([app]);
    expect(go.count('ext.open')).toBe(1);
    await time.pass(1);
    expect(tabs.frames).toEqual([]);
    expect(go.hidden.size).toBe(0);
  });

  it('stays if it may go on by itself', async () => {
    go.stays.add('feeds');
    tabs.wake('feeds', 'Feeds');
    await settle();
    await time.pass(neededFor);
    await time.pass(10 * neededFor);
    expect(ids(tabs.unseen)).toEqual(['feeds']);
  });

  it('is not started twice, nor when its tab is there', async () => {
    await opened('notes');
    tabs.wake('notes', 'Notes');
    await settle();
    expect(go.count('ext.open')).toBe(1);
    await time.pass(neededFor);
    expect(ids(tabs.open)).toEqual(['notes']);
  });

  it('starts in its tab if that was not looked at yet, but not after it stopped', async () => {
    const entries = ['notes', 'passwords'].map((id) => ({ id, title: id }));
    tabs.restore(entries, null, [{ id: 'notes', reason: 'crash' }]);
    for (const { id } of entries) tabs.wake(id, id);
    await settle();
    expect(
      go.calls.filter(([name]) => name === 'ext.open').map(([, { id, hidden }]) => [id, hidden]),
    ).toEqual([['passwords', false]]);
    expect(tabs.unseen).toEqual([]);
  });

  it('is seen when the person opens it while it starts', async () => {
    go.held.set('ext.open', []);
    tabs.wake('passwords', 'Passwords');
    await settle();
    tabs.launch('passwords', 'Passwords');
    go.release('ext.open');
    await settle();
    expect(go.hidden.get('passwords-1')).toBe(false);
    await time.pass(neededFor);
    expect(ids(tabs.open)).toEqual(['passwords']);
  });

  it('leaves nothing behind when it is refused', async () => {
    go.refuses = true;
    tabs.wake('passwords', 'Passwords');
    await settle();
    expect(tabs.frames).toEqual([]);
  });
});

describe('Go tells that an app may not go on', () => {
  async function hidden(): Promise<OpenApp> {
    go.stays.add('feeds');
    const app = await opened('feeds');
    await tabs.close(app);
    go.stays.delete('feeds');
    return app;
  }

  it('and it is closed', async () => {
    const app = await hidden();
    await tabs.rest(app.frame);
    expect(tabs.frames).toEqual([]);
    expect(go.hidden.size).toBe(0);
  });

  it('and it stays where the person sees it', async () => {
    const app = await hidden();
    await opened('feeds');
    await tabs.rest(app.frame);
    expect(ids(tabs.open)).toEqual(['feeds']);
  });

  it('while the answer that it may is on its way', async () => {
    go.stays.add('feeds');
    const app = await opened('feeds');
    go.held.set('ext.hide', []);
    const closing = tabs.close(app);
    await settle();
    go.stays.delete('feeds');
    const resting = tabs.rest(app.frame);
    go.release('ext.hide');
    await settle();
    go.release('ext.hide');
    await Promise.all([closing, resting]);
    expect(tabs.frames).toEqual([]);
  });

  it('and it answers another app first', async () => {
    const app = await hidden();
    tabs.asked(app);
    await tabs.rest(app.frame);
    expect(ids(tabs.unseen)).toEqual(['feeds']);
    await time.pass(neededFor);
    expect(tabs.frames).toEqual([]);
  });

  it('where the page missed it', async () => {
    await hidden();
    tabs.review();
    await settle();
    expect(tabs.frames).toEqual([]);
  });
});

describe('an app out of sight', () => {
  beforeEach(async () => {
    go.stays.add('feeds');
    await tabs.close(await opened('feeds'));
  });

  it('is ended by the person', async () => {
    await tabs.end('feeds');
    expect(tabs.frames).toEqual([]);
    expect(go.hidden.size).toBe(0);
  });

  it('is forgotten when it stops, and starts anew', async () => {
    only('feeds').halt({ reason: 'crash', error: null });
    expect(tabs.frames).toEqual([]);
    await opened('feeds');
    expect(go.count('ext.open')).toBe(2);
  });

  it('starts again out of sight when it was updated', async () => {
    await tabs.renew('feeds');
    expect(ids(tabs.unseen)).toEqual(['feeds']);
    expect([...go.hidden]).toEqual([['feeds-2', true]]);
    go.stays.delete('feeds'); // the new version does not ask for it
    await time.pass(neededFor);
    expect(tabs.frames).toEqual([]);
  });
});
