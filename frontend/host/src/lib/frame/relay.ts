import { largestEnvelope, largestQueue, longestQueue } from './protocol';

export type Carry = (envelope: ArrayBuffer, signal: AbortSignal) => Promise<ArrayBuffer>;

/**
 * The way of all frames' calls to Go: at most `lanes` at a time, frames taking
 * turns, so that one that floods slows itself and not its neighbours. One lane
 * is always left by a frame for the others, however long its calls take. A
 * browser has six connections to one host, of which the page needs two.
 */
export class Relay {
  #running = 0;
  #waiting: RelayQueue[] = [];

  constructor(private readonly lanes: number) {}

  queue(carry: Carry, answer: (envelope: ArrayBuffer) => void, flooded: () => void): RelayQueue {
    return new RelayQueue(this, carry, answer, flooded);
  }

  /** Takes the queue's turn; the queue has something to send. */
  join(queue: RelayQueue): void {
    if (!this.#waiting.includes(queue)) this.#waiting.push(queue);
    this.#pump();
  }

  leave(queue: RelayQueue): void {
    this.#waiting = this.#waiting.filter((other) => other !== queue);
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
  #abort = new AbortController();

  constructor(
    private readonly relay: Relay,
    private readonly carry: Carry,
    private readonly answer: (envelope: ArrayBuffer) => void,
    private readonly flooded: () => void,
  ) {}

  get pending(): boolean {
    return this.#envelopes.length > 0;
  }

  push(envelope: ArrayBuffer): void {
    if (this.#abort.signal.aborted) return;
    const full = this.#envelopes.length >= longestQueue || this.#bytes + envelope.byteLength > largestQueue;
    if (envelope.byteLength > largestEnvelope || full) {
      this.flooded();
      return;
    }
    this.#envelopes.push(envelope);
    this.#bytes += envelope.byteLength;
    this.relay.join(this);
  }

  /** The next call as work that never rejects. */
  next(): (() => Promise<void>) | undefined {
    const envelope = this.#envelopes.shift();
    if (envelope === undefined) return undefined;
    this.#bytes -= envelope.byteLength;
    return async () => {
      try {
        const reply = await this.carry(envelope, this.#abort.signal);
        if (!this.#abort.signal.aborted) this.answer(reply);
      } catch {
        // The host is gone or the session ended. Without an answer the SDK's
        // call ends with the frame, or by its own time-out.
      }
    };
  }

  close(): void {
    this.#abort.abort();
    this.#envelopes = [];
    this.#bytes = 0;
    this.relay.leave(this);
  }
}
