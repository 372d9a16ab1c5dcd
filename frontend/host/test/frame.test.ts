import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameHost, type FrameFailure } from '../src/lib/frame/frame-host';
import { mostChatter, offerEvery, offerFor, silenceAfterLoad } from '../src/lib/frame/protocol';
import { Relay, type Carry, type Ends, type Fetch } from '../src/lib/frame/relay';

const context = {
  id: 'a.notes',
  name: 'notes',
  title: 'Notes',
  version: '1.0.0',
  prefix: 'a__notes__',
  theme: 'light',
  locale: 'en',
  platform: 'linux',
  reducedMotion: false,
};

/** A frame that collects the ports it is offered. */
class Frame {
  ports: MessagePort[] = [];
  targets: string[] = [];
  messages: unknown[] = [];
  readonly window = {
    postMessage: (message: unknown, target: string, transfer: MessagePort[]) => {
      expect(message).toEqual({ alcove: 1, type: 'port' });
      this.targets.push(target);
      this.ports.push(...transfer);
    },
  } as unknown as Window;

  take(index: number): MessagePort {
    const port = this.ports[index];
    if (!port) throw new Error(`no port ${index}`);
    port.onmessage = (event: MessageEvent<unknown>) => this.messages.push(event.data);
    return port;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Messages of a MessageChannel arrive in later turns of the event loop, real timers or not. */
async function until(seen: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !seen(); i++) await turn();
  expect(seen()).toBe(true);
}

let frame: Frame;
let host: FrameHost;
let ready = 0;
let failures: FrameFailure[];
let carried: ArrayBuffer[];

function open(options: { watch?: boolean; carry?: Carry; fetch?: Fetch; relay?: Relay } = {}): FrameHost {
  frame = new Frame();
  ready = 0;
  failures = [];
  carried = [];
  host = new FrameHost({
    target: () => frame.window,
    context,
    relay: options.relay ?? new Relay(4),
    fetch: options.fetch ?? (() => Promise.reject(new Error('no ticket was given'))),
    carry:
      options.carry ??
      (async (envelope) => {
        carried.push(envelope);
        return new Uint8Array([9, 8]).buffer;
      }),
    watch: options.watch ?? false,
    onready: () => (ready += 1),
    onfail: (reason) => failures.push(reason),
  });
  return host;
}

/** One end of a queue whose other end nobody looks at. */
function ends(carry: Carry): Ends {
  const nothing = () => undefined;
  return { carry, fetch: () => new Promise(nothing), answer: nothing, waiting: nothing, flooded: nothing };
}

async function pinned(options: Parameters<typeof open>[0] = {}): Promise<MessagePort> {
  open(options).loaded();
  const port = frame.take(0);
  port.postMessage({ type: 'hello', sdk: '0.1.0' });
  await until(() => frame.messages.length === 2);
  return port;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  host.end();
  for (const port of frame.ports) port.close();
  vi.useRealTimers();
});

describe('flooding', () => {
  it('ends a frame that sends messages without end, before and after the handshake', async () => {
    const port = await pinned();
    for (let i = 0; i <= mostChatter; i++) port.postMessage({ type: 'ready' });
    await until(() => failures.length === 1);
    expect(failures).toEqual(['crash']);
    host.end();
    open().loaded();
    const offered = frame.take(0);
    for (let i = 0; i <= mostChatter; i++) offered.postMessage({ type: 'pong', n: i });
    await until(() => failures.length === 1);
  });

  it('lets a frame talk for a long time', async () => {
    const port = await pinned();
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < mostChatter - 10; i++) port.postMessage({ type: 'pong', n: i });
      port.postMessage(new Uint8Array([second]).buffer);
      await until(() => carried.length === second + 1);
      vi.advanceTimersByTime(1000);
    }
    expect(failures).toEqual([]);
  });

  it('keeps a lane free of a frame whose calls never end', async () => {
    const relay = new Relay(3);
    const started: string[] = [];
    const queue = (name: string, carry: () => Promise<ArrayBuffer>) =>
      relay.queue(
        ends(() => {
          started.push(name);
          return carry();
        }),
      );
    const slow = queue('slow', () => new Promise(() => undefined));
    const other = queue('other', () => Promise.resolve(new ArrayBuffer(0)));
    for (let i = 0; i < 9; i++) slow.push(new ArrayBuffer(1));
    for (let i = 0; i < 3; i++) other.push(new ArrayBuffer(1));
    await until(() => started.length === 5);
    expect(started).toEqual(['slow', 'slow', 'other', 'other', 'other']);
  });
});

describe('handshake', () => {
  it('offers a fresh port every 200 ms until one answers, then welcomes and activates', async () => {
    open().loaded();
    expect(frame.ports).toHaveLength(1);
    vi.advanceTimersByTime(offerEvery * 3);
    expect(frame.ports).toHaveLength(4);
    frame.take(2).postMessage({ type: 'hello', sdk: '0.1.0' });
    await until(() => frame.messages.length === 2);
    expect(frame.messages).toEqual([{ type: 'welcome', context }, { type: 'activate' }]);
    vi.advanceTimersByTime(offerFor);
    expect(frame.ports).toHaveLength(4);
    expect(failures).toEqual([]);
  });

  it('believes only the first port that answers', async () => {
    open().loaded();
    vi.advanceTimersByTime(offerEvery);
    const first = frame.take(0);
    first.postMessage({ type: 'hello', sdk: '0.1.0' });
    await until(() => frame.messages.length === 2);
    const late = frame.take(1);
    late.postMessage({ type: 'hello', sdk: 'forged' });
    late.postMessage(new Uint8Array([1]).buffer);
    first.postMessage({ type: 'ready' });
    await until(() => ready === 1);
    expect(carried).toHaveLength(0);
    expect(frame.messages).toHaveLength(2);
  });

  it('fails to start when nothing answers for 10 s', () => {
    open().loaded();
    vi.advanceTimersByTime(offerFor - 1);
    expect(failures).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(failures).toEqual(['start']);
    vi.advanceTimersByTime(offerFor);
    expect(frame.ports.length).toBeLessThanOrEqual(offerFor / offerEvery + 1);
  });

  it('keeps the skeleton until the app is ready', async () => {
    const port = await pinned();
    expect(ready).toBe(0);
    port.postMessage({ type: 'ready' });
    await until(() => ready === 1);
    port.postMessage({ type: 'ready' });
    await turn();
    expect(ready).toBe(1);
  });
});

describe('calls', () => {
  it('carries an envelope unread and hands the answer back', async () => {
    const port = await pinned();
    const envelope = new Uint8Array([1, 2, 3]).buffer;
    port.postMessage(envelope, [envelope]);
    await until(() => frame.messages.length === 3);
    expect([...new Uint8Array(carried[0] ?? new ArrayBuffer(0))]).toEqual([1, 2, 3]);
    expect([...new Uint8Array(frame.messages[2] as ArrayBuffer)]).toEqual([9, 8]);
  });

  it('ends a frame that sends more than an envelope may hold', async () => {
    const port = await pinned();
    const envelope = new ArrayBuffer(8 * 1024 * 1024 + 1);
    port.postMessage(envelope, [envelope]);
    await until(() => failures.length === 1);
    expect(failures).toEqual(['crash']);
    expect(carried).toHaveLength(0);
  });

  it('lets a flooding frame wait without holding up its neighbour', async () => {
    const order: string[] = [];
    const relay = new Relay(1);
    let release = () => {};
    const first = new Promise<void>((resolve) => (release = resolve));
    const carry = (name: string) => async (envelope: ArrayBuffer) => {
      await first;
      order.push(name);
      return envelope;
    };
    const noisy = relay.queue(ends(carry('noisy')));
    const quiet = relay.queue(ends(carry('quiet')));
    for (let i = 0; i < 50; i++) noisy.push(new ArrayBuffer(1));
    quiet.push(new ArrayBuffer(1));
    release();
    await until(() => order.length === 51);
    expect(order.indexOf('quiet')).toBeLessThanOrEqual(2);
  });

  it('ignores messages that are neither calls nor known words', async () => {
    const port = await pinned();
    for (const junk of [
      null,
      7,
      'hello',
      { type: 'welcome' },
      { type: 'pong' },
      [1],
      { type: 'hello', __proto__: { x: 1 } },
    ]) {
      port.postMessage(junk);
    }
    port.postMessage({ type: 'ready' });
    await until(() => ready === 1);
    expect(failures).toEqual([]);
    expect(carried).toHaveLength(0);
  });
});

describe('calls that are not done soon', () => {
  const ticket = (id: number, waiting = true) => ({ id, ticket: `t${id}`, waiting });
  const reply = (n: number) => new Uint8Array([n]).buffer;
  const replies = () =>
    frame.messages.filter((m) => m instanceof ArrayBuffer).map((m) => new Uint8Array(m as ArrayBuffer)[0]);

  it('free their lane, tell the frame that they wait, and are fetched when they are done', async () => {
    const relay = new Relay(1);
    const fetched: number[] = [];
    let n = 0;
    const port = await pinned({
      relay,
      carry: () => Promise.resolve(++n <= 3 ? ticket(n) : reply(n)),
      fetch: (t) => {
        fetched.push(t.id);
        return Promise.resolve(reply(t.id));
      },
    });
    for (let i = 0; i < 4; i++) port.postMessage(reply(0));
    await until(() => replies().length === 1);
    expect(frame.messages.slice(2, 5)).toEqual([1, 2, 3].map((id) => ({ type: 'waiting', id })));
    expect(fetched).toEqual([]);
    relay.done('t2');
    relay.done('t1');
    relay.done('t2');
    await until(() => replies().length === 3);
    expect(replies()).toEqual([4, 2, 1]);
    expect(fetched).toEqual([2, 1]);
  });

  it('are fetched also when the event was quicker than the answer', async () => {
    const relay = new Relay(2);
    let answered = () => {};
    const gate = new Promise<void>((resolve) => (answered = resolve));
    const port = await pinned({
      relay,
      carry: async () => {
        await gate;
        return ticket(1, false);
      },
      fetch: () => Promise.resolve(reply(7)),
    });
    port.postMessage(reply(0));
    await turn();
    relay.done('t1');
    answered();
    await until(() => replies().length === 1);
    expect(frame.messages.slice(2)).toHaveLength(1);
  });

  it('are asked about again when an event was lost, and go on waiting if they are not done', async () => {
    const relay = new Relay(2);
    let done = false;
    let asked = 0;
    const port = await pinned({
      relay,
      carry: () => Promise.resolve(ticket(1, false)),
      fetch: () => {
        asked++;
        return Promise.resolve(done ? reply(7) : ticket(1));
      },
    });
    port.postMessage(reply(0));
    relay.waits('t1');
    await until(() => {
      relay.askAgain();
      return asked > 0;
    });
    await until(() => frame.messages.some((m) => (m as { type?: string }).type === 'waiting'));
    done = true;
    await until(() => {
      relay.askAgain();
      return replies().length === 1;
    });
  });

  it('are forgotten with their frame', async () => {
    const relay = new Relay(2);
    let fetched = 0;
    const port = await pinned({
      relay,
      carry: () => Promise.resolve(ticket(1)),
      fetch: () => {
        fetched++;
        return Promise.resolve(reply(7));
      },
    });
    port.postMessage(reply(0));
    await until(() => frame.messages.length === 3);
    host.end();
    relay.done('t1');
    relay.askAgain();
    await turn();
    expect(fetched).toBe(0);
  });
});

it('passes an event on to the frame', async () => {
  await pinned();
  host.emit('permission.revoked', { resource: 'net' });
  await until(() => frame.messages.length === 3);
  expect(frame.messages[2]).toEqual({ type: 'event', name: 'permission.revoked', data: { resource: 'net' } });
});

describe('later loads', () => {
  it('keeps a frame that still answers on its port', async () => {
    const port = await pinned();
    host.loaded();
    await until(() => frame.messages.length === 3);
    port.postMessage({ type: 'pong', n: (frame.messages[2] as { n: number }).n });
    port.postMessage({ type: 'ready' });
    await until(() => ready === 1);
    vi.advanceTimersByTime(silenceAfterLoad * 2);
    expect(failures).toEqual([]);
  });

  it('ends a frame that went to another page and lost its port', async () => {
    await pinned();
    host.loaded();
    vi.advanceTimersByTime(silenceAfterLoad);
    expect(failures).toEqual(['crash']);
  });
});

describe('saving', () => {
  it('resolves when the app says it is done', async () => {
    const port = await pinned();
    let saved = false;
    void host.deactivate(2_000).then(() => (saved = true));
    await until(() => frame.messages.length === 3);
    expect(frame.messages[2]).toEqual({ type: 'deactivate', ms: 2_000 });
    expect(saved).toBe(false);
    port.postMessage({ type: 'done' });
    await until(() => saved);
  });

  it('does not wait longer than it said', async () => {
    await pinned();
    let saved = false;
    void host.deactivate(300).then(() => (saved = true));
    vi.advanceTimersByTime(300);
    await until(() => saved);
  });
});

describe('hang', () => {
  it('is two unanswered pings in a row', async () => {
    await pinned({ watch: true });
    vi.advanceTimersByTime(2_000);
    vi.advanceTimersByTime(2_000);
    expect(failures).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(failures).toEqual(['hang']);
  });

  it('is none while pings are answered', async () => {
    const port = await pinned({ watch: true });
    for (let n = 1; n <= 10; n++) {
      vi.advanceTimersByTime(2_000);
      await until(() => frame.messages.length === n + 2);
      expect(frame.messages.at(-1)).toEqual({ type: 'ping', n });
      port.postMessage({ type: 'pong', n });
      await turn();
      await turn();
    }
    expect(failures).toEqual([]);
  });
});

it('tells the frame about a change of theme', async () => {
  await pinned();
  host.update({ theme: 'dark' });
  await until(() => frame.messages.length === 3);
  expect(frame.messages[2]).toEqual({ type: 'context', context: { ...context, theme: 'dark' } });
});
