// One port: calls with their replies, and the control messages beside them.
// Everything that arrives is checked; what makes no sense is dropped, and a
// reply nobody waits for too.

import { AlcoveError } from './errors.ts';
import { decodeReply, encodeRequest, isMap } from './wire.ts';
import type { Reply } from './wire.ts';

/** How long to wait for one call. */
export interface CallOptions {
  /**
   * Stop waiting when it fires: the call rejects with `request.aborted`. The host may
   * finish the work all the same, so after an aborted write read before you write again.
   * A call that waits for a person or for something outside Alcove is given up there too.
   */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds to wait before `request.timeout`; default 30,000, 0 for no limit. It does
   * not run while the call waits for a person or for something outside Alcove.
   */
  timeout?: number | undefined;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: AlcoveError): void;
  /** Lets the call take as long as it takes. */
  untimed(): void;
}

/** The host answers 64 calls of a session at once; the rest wait here, not there. */
const MAX_IN_FLIGHT = 48;
const DEFAULT_TIMEOUT = 30_000;

export class Channel {
  readonly #port: MessagePort;
  readonly #control: (message: Record<string, unknown>) => void;
  readonly #waiting = new Map<number, Waiting>();
  readonly #queue: (() => void)[] = [];
  // Sent and not yet answered, also when nobody waits any more: the host is still busy with it.
  readonly #inFlight = new Set<number>();
  // What to do with a result that comes when nobody waits any more.
  readonly #late = new Map<number, (result: unknown) => void>();
  // Of these, the host said that they wait for something outside it: they are in nobody's way.
  readonly #outside = new Set<number>();
  #next = 1;
  #ended: AlcoveError | undefined;

  constructor(port: MessagePort, control: (message: Record<string, unknown>) => void) {
    this.#port = port;
    this.#control = control;
    port.onmessage = (event: MessageEvent<unknown>) => {
      this.#receive(event.data);
    };
    // Engines that know the event tell when the host closed the session.
    port.addEventListener('close', () => {
      this.end();
    });
    port.start();
  }

  /** Sends a control message; no answer is awaited. */
  tell(message: Record<string, unknown>): void {
    if (!this.#ended) this.#port.postMessage(message);
  }

  /** `late` is given the result of a call that was given up before it came. */
  call(
    method: string,
    params: object,
    options: CallOptions = {},
    late?: (result: unknown) => void,
  ): Promise<unknown> {
    const { signal, timeout = DEFAULT_TIMEOUT } = options;
    if (this.#ended) return Promise.reject(this.#ended);
    if (signal?.aborted) return Promise.reject(aborted(method, signal));
    const id = this.#next++;
    let envelope: ArrayBuffer;
    try {
      envelope = encodeRequest(id, method, params);
    } catch (error) {
      const known = error instanceof AlcoveError ? error : undefined;
      return Promise.reject(
        known ?? new AlcoveError('request.malformed', String(error), undefined, { cause: error }),
      );
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#settle(id)?.reject(aborted(method, signal));
        if (this.#outside.has(id)) this.#giveUp(id);
      };
      const timer =
        timeout > 0
          ? setTimeout(() => {
              const error = `${method} got no answer for ${String(timeout)} ms`;
              this.#settle(id)?.reject(new AlcoveError('request.timeout', error));
            }, timeout)
          : undefined;
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(id, {
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error);
        },
        untimed: () => {
          clearTimeout(timer);
        },
      });
      const send = () => {
        if (!this.#waiting.has(id)) return; // given up while queued: never sent
        this.#inFlight.add(id);
        if (late) this.#late.set(id, late);
        this.#port.postMessage(envelope, [envelope]);
      };
      if (this.#inFlight.size < MAX_IN_FLIGHT) send();
      else this.#queue.push(send);
    });
  }

  /** The host says that a call waits: it has no time, and others may go before it. */
  #waits(id: unknown): void {
    if (typeof id !== 'number' || !this.#inFlight.delete(id)) return;
    this.#outside.add(id);
    const waiting = this.#waiting.get(id);
    if (waiting) waiting.untimed();
    else this.#giveUp(id);
    this.#drain();
  }

  /** Ends the session: everything that waits is rejected, later calls too. */
  end(): void {
    if (this.#ended) return;
    this.#ended = new AlcoveError('session.ended', 'the session with the vault has ended');
    this.#port.close();
    this.#queue.length = 0;
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(this.#ended);
  }

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      let reply: Reply;
      try {
        reply = decodeReply(data);
      } catch {
        return; // not a reply: the call it may have belonged to runs into its deadline
      }
      if (!this.#inFlight.delete(reply.id) && !this.#outside.delete(reply.id)) return;
      this.#drain();
      const waiting = this.#settle(reply.id);
      const late = this.#late.get(reply.id);
      this.#late.delete(reply.id);
      if (reply.error) waiting?.reject(reply.error);
      else if (waiting) waiting.resolve(reply.result);
      else late?.(reply.result);
    } else if (isMap(data) && typeof data.type === 'string') {
      if (data.type === 'waiting') this.#waits(data.id);
      else this.#control(data);
    }
  }

  /** Nobody waits for the call any more, so the host need not either. */
  #giveUp(id: number): void {
    this.call('call.cancel', { call: id }).catch(() => undefined);
  }

  #drain(): void {
    while (this.#inFlight.size < MAX_IN_FLIGHT) {
      const send = this.#queue.shift();
      if (!send) return;
      send();
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function aborted(method: string, signal: AbortSignal | undefined): AlcoveError {
  const cause: unknown = signal?.reason;
  return new AlcoveError('request.aborted', `${method} was aborted`, undefined, { cause });
}
