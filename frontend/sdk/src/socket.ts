import type { Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { closeHandle, readHandle } from './handle.ts';
import { isMap } from './wire.ts';

/** How a socket ended. */
export interface SocketEnd {
  /** 1005 where the server named no code, 1006 where the connection broke. */
  readonly code: number;
  readonly reason: string;
  /** Both sides said goodbye. */
  readonly wasClean: boolean;
}

/**
 * A WebSocket that is open, with the events of the standard one: `message` (a `MessageEvent` whose
 * data is text or an `ArrayBuffer`), `error` (an `ErrorEvent`-like event with `error`, an
 * {@link AlcoveError}) and `close` (with {@link SocketEnd}). Handlers that are attached before
 * anything else is awaited miss nothing.
 */
export interface VaultSocket extends EventTarget {
  readonly url: string;
  /** The protocol the server chose, or "". */
  readonly protocol: string;
  /** 1 open, 2 closing, 3 closed. */
  readonly readyState: 1 | 2 | 3;
  /** Bytes that were given to {@link VaultSocket.send} and are not yet sent. */
  readonly bufferedAmount: number;
  onmessage: ((event: MessageEvent<string | ArrayBuffer>) => unknown) | null;
  onerror: ((event: Event & { readonly error: AlcoveError }) => unknown) | null;
  onclose: ((event: Event & SocketEnd) => unknown) | null;
  /** Sends a message of at most 4 MiB; resolves when the connection has taken it. */
  send(data: string | ArrayBuffer | ArrayBufferView): Promise<void>;
  /** Says goodbye with 1000, or a code from 3000 to 4999; messages that are on the way still come. */
  close(code?: number, reason?: string): void;
}

/** More than any message, so that each comes in one piece. */
const MAX_READ = 4 * 1024 * 1024;

class Socket extends EventTarget implements VaultSocket {
  readonly url: string;
  readonly protocol: string;
  onmessage: VaultSocket['onmessage'] = null;
  onerror: VaultSocket['onerror'] = null;
  onclose: VaultSocket['onclose'] = null;
  readonly #channel: Channel;
  readonly #handle: number;
  #state: 1 | 2 | 3 = 1;
  #buffered = 0;

  constructor(channel: Channel, handle: number, url: string, protocol: string) {
    super();
    this.#channel = channel;
    this.#handle = handle;
    this.url = url;
    this.protocol = protocol;
    // A handler that throws is reported, and ends nothing.
    this.addEventListener('message', (event) =>
      this.onmessage?.(event as MessageEvent<string | ArrayBuffer>),
    );
    this.addEventListener('error', (event) => this.onerror?.(event as Event & { error: AlcoveError }));
    this.addEventListener('close', (event) => this.onclose?.(event as Event & SocketEnd));
    // After the handlers of whoever waits for the socket.
    setTimeout(() => void this.#run());
  }

  get readyState(): 1 | 2 | 3 {
    return this.#state;
  }

  get bufferedAmount(): number {
    return this.#buffered;
  }

  async send(data: string | ArrayBuffer | ArrayBufferView): Promise<void> {
    if (this.#state !== 1) throw new AlcoveError('net.closed', 'the WebSocket is closed');
    const size = typeof data === 'string' ? new TextEncoder().encode(data).length : data.byteLength;
    this.#buffered += size;
    try {
      await this.#channel.call('handle.write', { handle: this.#handle, data });
    } finally {
      this.#buffered -= size;
    }
  }

  close(code = 1000, reason = ''): void {
    if (this.#state !== 1) return;
    this.#state = 2;
    const params = { handle: this.#handle, code, reason };
    this.#channel.call('net.close', params).catch(() => {
      closeHandle(this.#channel, this.#handle); // and what is read from it ends with an error
    });
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const { data, done, meta } = await readHandle(this.#channel, this.#handle, MAX_READ);
        if (done) {
          this.#end({
            code: typeof meta.code === 'number' ? meta.code : 1006,
            reason: typeof meta.reason === 'string' ? meta.reason : '',
            wasClean: meta.clean === true,
          });
          return;
        }
        const message =
          meta.text === true ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(data) : data.buffer;
        this.dispatchEvent(new MessageEvent('message', { data: message }));
      }
    } catch (error) {
      this.#fail(error);
      this.#end({ code: 1006, reason: '', wasClean: false });
    }
  }

  #end(end: SocketEnd): void {
    this.#state = 3;
    closeHandle(this.#channel, this.#handle);
    this.dispatchEvent(Object.assign(new Event('close'), end));
  }

  #fail(error: unknown): void {
    this.dispatchEvent(Object.assign(new Event('error'), { error }));
  }
}

export async function openSocket(channel: Channel, url: string, protocols: string[]): Promise<VaultSocket> {
  const reply = await channel.call('net.websocket', { url, protocols }, { timeout: 0 });
  if (!isMap(reply) || typeof reply.handle !== 'number') {
    throw new AlcoveError('reply.malformed', 'the host did not answer net.websocket');
  }
  return new Socket(channel, reply.handle, url, String(reply.protocol));
}
