import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** The extension that asks, as the vault knows it. */
export interface Caller {
  /** `<publisher key>.<extension>` */
  id: string;
  title: string;
}

/** One thing the person can choose. */
export interface Choice {
  /** At most 256 bytes; comes back in {@link Offer.give}. */
  id: string;
  /** At most 120 characters are shown. */
  label: string;
  detail?: string;
}

/** How an extension answers a method whose effect is `pick`. */
export interface Offer {
  /** What there is, at most 200. */
  list(params: unknown, caller: Caller): Choice[] | Promise<Choice[]>;
  /** What the asking extension gets of the one that the person chose. */
  give(id: string, params: unknown, caller: Caller): unknown;
}

/** Thrown by a handler: the asking extension gets code and message with `peers.refused`. */
export class PeerRefusal extends Error {
  constructor(
    /** Your own, at most 64 characters. */
    readonly code: string,
    message = '',
  ) {
    super(message);
    this.name = 'PeerRefusal';
  }
}

/** Calls to other extensions, and answers to theirs. */
export interface Peers {
  /**
   * Calls a method that another extension exports: `<publisher key>.<extension>/<method>`. Needs
   * the permission `peers.call`; for a method whose effect is `pick`, what the person chooses is
   * their answer. The other extension is started if need be.
   */
  call(target: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  /** Answers a method that the manifest exports. Register before the extension is ready. */
  handle(method: string, handler: (params: unknown, caller: Caller) => unknown): void;
  /** Answers an exported method whose effect is `pick`. */
  offer(method: string, offer: Offer): void;
}

interface Question {
  question: number;
  kind: string;
  method: string;
  params: unknown;
  item: string;
  caller: Caller;
}

export function peerCalls(channel: Channel, onAsked: (handler: () => void) => unknown): Peers {
  const handlers = new Map<string, (question: Question) => unknown>();
  let taking = false;
  let again = false;

  /** Takes what waits, until nothing does. The event only says that something may. */
  async function take(): Promise<void> {
    if (taking) {
      again = true;
      return;
    }
    taking = true;
    try {
      for (let more = true; more;) {
        again = false;
        const reply = await channel.call('peers.take', {});
        const list = isMap(reply) && Array.isArray(reply.questions) ? reply.questions : [];
        for (const question of list) void answer(question as Question);
        more = list.length > 0 || again;
      }
    } catch {
      // The session has ended, and every question with it.
    } finally {
      taking = false;
    }
  }

  async function answer(question: Question): Promise<void> {
    const { question: id, method } = question;
    let reply: object;
    try {
      const handler = handlers.get(method);
      if (!handler) throw new PeerRefusal('not_handled', `nothing answers ${method}`);
      reply = { question: id, value: (await handler(question)) ?? null };
    } catch (error) {
      const known = error instanceof PeerRefusal ? error : undefined;
      reply = { question: id, code: known?.code ?? 'failed', message: (known?.message ?? '').slice(0, 200) };
    }
    await channel.call('peers.answer', reply).catch(() => undefined); // it was given up
  }

  function listen(method: string, handler: (question: Question) => unknown): void {
    if (handlers.size === 0) onAsked(() => void take());
    handlers.set(method, handler);
    void take();
  }

  return Object.freeze({
    call: async (target: string, params: unknown = null, options?: CallOptions) => {
      const reply = await channel.call('peers.call', { target, params }, options);
      if (!isMap(reply)) throw new AlcoveError('reply.malformed', 'the host did not answer peers.call');
      return reply.value;
    },
    handle: (method: string, handler: (params: unknown, caller: Caller) => unknown) => {
      listen(method, ({ params, caller }) => handler(params, caller));
    },
    offer: (method: string, { list, give }: Offer) => {
      listen(method, ({ kind, item, params, caller }) =>
        kind === 'list' ? list(params, caller) : give(item, params, caller),
      );
    },
  });
}
