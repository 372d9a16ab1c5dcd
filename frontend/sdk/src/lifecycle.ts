// Activation, saving before the end, and context changes, as the host orders them.

import type { Channel } from './channel.ts';
import type { Context } from './context.ts';
import { parseContext } from './context.ts';

/** Takes a handler away again. */
export type Unsubscribe = () => void;

/** Why and how long: what a deactivation handler is given. */
export interface DeactivateEvent {
  /** Milliseconds the host waits; never more than 2,000. */
  readonly ms: number;
  /** Fires when that time is over. */
  readonly signal: AbortSignal;
}

type Handler<A extends unknown[]> = (...args: A) => unknown;

const MAX_SAVE_MS = 2000;

export class Lifecycle {
  readonly #activate = new Set<Handler<[]>>();
  readonly #deactivate = new Set<Handler<[DeactivateEvent]>>();
  readonly #context = new Set<Handler<[Context]>>();
  readonly #events = new Map<string, Set<Handler<[unknown]>>>();
  #channel: Channel | undefined;
  #current: Context;
  #active = false;

  constructor(context: Context) {
    this.#current = context;
  }

  get context(): Context {
    return this.#current;
  }

  attach(channel: Channel): void {
    this.#channel = channel;
  }

  onActivate(handler: Handler<[]>): Unsubscribe {
    // Registered after the fact: it would otherwise never run.
    if (this.#active) void run(handler);
    return add(this.#activate, handler);
  }

  onDeactivate(handler: Handler<[DeactivateEvent]>): Unsubscribe {
    return add(this.#deactivate, handler);
  }

  onContext(handler: Handler<[Context]>): Unsubscribe {
    return add(this.#context, handler);
  }

  on(name: string, handler: Handler<[unknown]>): Unsubscribe {
    let handlers = this.#events.get(name);
    if (!handlers) this.#events.set(name, (handlers = new Set()));
    return add(handlers, handler);
  }

  /** One control message of the host; unknown ones are ignored. */
  receive(message: Record<string, unknown>): void {
    switch (message.type) {
      case 'ping':
        this.#channel?.tell({ type: 'pong', n: message.n });
        break;
      case 'activate':
        void this.#onActivate();
        break;
      case 'deactivate':
        void this.#onDeactivate(message.ms);
        break;
      case 'context':
        this.#onContext(message.context);
        break;
      case 'event':
        for (const handler of this.#events.get(String(message.name)) ?? []) void run(handler, message.data);
        break;
    }
  }

  async #onActivate(): Promise<void> {
    this.#active = true;
    await Promise.all([...this.#activate].map((handler) => run(handler)));
    // The vault hears it by a call, since other extensions may wait for this one there; the page by a message.
    this.#channel?.call('lifecycle.ready', {}).catch(() => undefined);
    this.#channel?.tell({ type: 'ready' });
  }

  async #onDeactivate(wanted: unknown): Promise<void> {
    const given = typeof wanted === 'number' && wanted > 0 ? wanted : MAX_SAVE_MS;
    const ms = Math.min(given, MAX_SAVE_MS);
    const over = new AbortController();
    const timer = setTimeout(() => {
      over.abort();
    }, ms);
    const event: DeactivateEvent = { ms, signal: over.signal };
    const saved = Promise.all([...this.#deactivate].map((handler) => run(handler, event)));
    const late = new Promise<void>((resolve) => {
      over.signal.addEventListener('abort', () => {
        resolve();
      });
    });
    await Promise.race([saved, late]);
    clearTimeout(timer);
    this.#channel?.tell({ type: 'done' });
  }

  #onContext(value: unknown): void {
    let next: Context;
    try {
      next = parseContext(value);
    } catch {
      return; // keep the one that was valid
    }
    // Who the extension is does not change while it runs.
    if (next.id !== this.#current.id || next.prefix !== this.#current.prefix) return;
    this.#current = next;
    for (const handler of this.#context) void run(handler, next);
  }
}

function add<H>(set: Set<H>, handler: H): Unsubscribe {
  set.add(handler);
  return () => {
    set.delete(handler);
  };
}

// A handler that fails must not keep the others, or the host, waiting.
async function run<A extends unknown[]>(handler: Handler<A>, ...args: A): Promise<void> {
  try {
    await handler(...args);
  } catch (error) {
    reportError(error);
  }
}

function reportError(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
  // eslint-disable-next-line no-console -- the last place where an author can see it
  else console.error(error);
}
