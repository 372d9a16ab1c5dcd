import type { Carried, Ticket } from '../api/client';
import { largestEnvelope, largestQueue, longestQueue, mostEarly } from './protocol';

export type Carry = (envelope: ArrayBuffer, signal: AbortSignal) => Promise<Carried>;
export type Fetch = (ticket: Ticket, signal: AbortSignal) => Promise<Carried>;

/** The two ends of one frame's queue. */
export interface Ends {
  carry: Carry;
  fetch: Fetch;
  /** Hands a reply to the frame. */
  answer(envelope: ArrayBuffer): void;
  /** Tells the frame that a call of its waits and has no time. */
  waiting(id: number): void;
  flooded(): void;
}

/**
 * The way of all frames' calls to Go: at most `lanes` at a time, frames taking
 * turns, so that one that floods slows itself and not its neighbours. One lane
 * is always left by a frame for the others. A call that is not done soon frees
 * its lane for a ticket; its reply is fetched when Go says that it is there. A
 * browser has six connections to one host, of which the page needs two.
 */
export class Relay {
  #running = 0;
  #waiting: RelayQueue[] = [];
  #tickets = new Map<string, RelayQueue>();
  /** Done before the page knew the ticket: the event was quicker than the answer. */
  #early = new Set<string>();

  constructor(private readonly lanes: number) {}

  queue(ends: Ends): RelayQueue {
    return new RelayQueue(this, ends);
  }

  /** Takes the queue's turn; the queue has something to send. */
  join(queue: RelayQueue): void {
    if (!this.#waiting.includes(queue)) this.#waiting.push(queue);
    this.#pump();
  }

  leave(queue: RelayQueue): void {
    this.#waiting = this.#waiting.filter((other) => other !== queue);
    for (const [ticket, owner] of this.#tickets) if (owner === queue) this.#tickets.delete(ticket);
  }

  /** Keeps a ticket until its reply is there. Returns whether it is there already. */
  hold(ticket: string, queue: RelayQueue): boolean {
    if (this.#early.delete(ticket)) return true;
    this.#tickets.set(ticket, queue);
    return false;
  }

  /** Go says that the reply for a ticket can be fetched. */
  done(ticket: string): void {
    const queue = this.#tickets.get(ticket);
    if (queue) {
      this.#tickets.delete(ticket);
      queue.ready(ticket);
      return;
    }
    this.#early.add(ticket);
    const oldest = this.#early.values().next();
    if (this.#early.size > mostEarly && !oldest.done) this.#early.delete(oldest.value);
  }

  /** Go says that a call which was only slow waits now. */
  waits(ticket: string): void {
    this.#tickets.get(ticket)?.waits(ticket);
  }

  /** What Go said may have been lost: asks about every ticket. */
  askAgain(): void {
    for (const ticket of [...this.#tickets.keys()]) this.done(ticket);
  }

  #pump(): void {
    const share = Math.max(1, this.lanes - 1);
    while (this.#running < this.lanes) {
      const place = this.#waiting.findIndex((queue) => queue.running < share);
      const queue = this.#waiting.splice(place, place < 0 ? 0 : 1)[0];
      if (queue === undefined) return;
      const work = queue.next();
      if (work === undefined) continue;
      if (queue.pending) this.#waiting.push(queue);
      this.#running += 1;
      queue.running += 1;
      void work().finally(() => {
        this.#running -= 1;
        queue.running -= 1;
        this.#pump();
      });
    }
  }
}

/** The calls of one frame, bounded in number and bytes. */
export class RelayQueue {
  /** Calls that are on their way; kept by the relay. */
  running = 0;
  #envelopes: ArrayBuffer[] = [];
  #bytes = 0;
  #held = new Map<string, Ticket>();
  #ready: Ticket[] = [];
  #abort = new AbortController();

  constructor(
    private readonly relay: Relay,
    private readonly ends: Ends,
  ) {}

  get pending(): boolean {
    return this.#envelopes.length > 0 || this.#ready.length > 0;
  }

  push(envelope: ArrayBuffer): void {
    if (this.#abort.signal.aborted) return;
    const full = this.#envelopes.length >= longestQueue || this.#bytes + envelope.byteLength > largestQueue;
    if (envelope.byteLength > largestEnvelope || full) {
      this.ends.flooded();
      return;
    }
    this.#envelopes.push(envelope);
    this.#bytes += envelope.byteLength;
    this.relay.join(this);
  }

  /** The reply for a ticket can be fetched. */
  ready(name: string): void {
    const ticket = this.#held.get(name);
    if (ticket === undefined) return;
    this.#held.delete(name);
    this.#ready.push(ticket);
    this.relay.join(this);
  }

  waits(name: string): void {
    const ticket = this.#held.get(name);
    if (ticket) this.ends.waiting(ticket.id);
  }

  /** The next reply to fetch or call to send, as work that never rejects. */
  next(): (() => Promise<void>) | undefined {
    const { carry, fetch } = this.ends;
    const ticket = this.#ready.shift();
    if (ticket) return () => this.#settle((signal) => fetch(ticket, signal));
    const envelope = this.#envelopes.shift();
    if (envelope === undefined) return undefined;
    this.#bytes -= envelope.byteLength;
    return () => this.#settle((signal) => carry(envelope, signal));
  }

  async #settle(ask: (signal: AbortSignal) => Promise<Carried>): Promise<void> {
    const { signal } = this.#abort;
    try {
      const carried = await ask(signal);
      if (signal.aborted) return;
      if (carried instanceof ArrayBuffer) this.ends.answer(carried);
      else this.#hold(carried);
    } catch {
      // The host is gone or the session ended. Without an answer the SDK's
      // call ends with the frame, or by its own time-out.
    }
  }

  #hold(ticket: Ticket): void {
    if (ticket.waiting) this.ends.waiting(ticket.id);
    this.#held.set(ticket.ticket, ticket);
    if (this.relay.hold(ticket.ticket, this)) this.ready(ticket.ticket);
  }

  close(): void {
    this.#abort.abort();
    this.#envelopes = [];
    this.#bytes = 0;
    this.#held.clear();
    this.#ready = [];
    this.relay.leave(this);
  }
}
