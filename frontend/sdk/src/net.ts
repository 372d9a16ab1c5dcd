import type { Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { closeHandle, streamOf } from './handle.ts';
import { openSocket } from './socket.ts';
import type { VaultSocket } from './socket.ts';
import { isMap } from './wire.ts';

/** What to ask for; the names mean what they mean in `fetch`. */
export interface FetchOptions {
  /** Default GET. Sent in capital letters. */
  method?: string;
  /**
   * Sent as they are. Cookies, `Host`, `Origin`, `User-Agent` and what belongs to the connection
   * are not yours to send: `net.request`.
   */
  headers?: HeadersInit;
  /** At most 7 MiB. */
  body?: BodyInit | null;
  /**
   * `follow` is the default: up to 10 redirects, each judged like a request of its own. `error`
   * refuses them; `manual` gives you the redirect itself as the answer.
   */
  redirect?: 'follow' | 'error' | 'manual';
  /** Ends the request, and the reading of its body. */
  signal?: AbortSignal | null;
  /** Milliseconds until the last byte; at most 10 minutes, which is the default. */
  timeout?: number;
  /** Bytes the answer may have, unpacked. The manifest or Alcove may set a lower bound. */
  maxBytes?: number;
}

/**
 * The network, reached by Alcove on the extension's behalf: only addresses that the manifest
 * declares and the person allows, without cookies and without the person's credentials.
 */
export interface Network {
  /**
   * Makes a request and gives a standard `Response`, whose body arrives as it is read. Read it or
   * cancel it: an open body counts against the handles of the extension. The address is absolute.
   *
   * @throws {@link AlcoveError} `permission.*`, `net.*` (`net.private_refused`,
   * `net.redirect_refused`, `net.name`, `net.unreachable`, `net.tls`, `net.timeout`,
   * `net.too_large`, …), `quota.network`. While the body is read, the same.
   */
  fetch(url: string | URL, options?: FetchOptions): Promise<Response>;
  /** Opens a WebSocket; it is open when the promise resolves. */
  connect(url: string | URL, protocols?: string | readonly string[]): Promise<VaultSocket>;
}

export function network(channel: Channel): Network {
  return Object.freeze({
    fetch: (url: string | URL, options: FetchOptions = {}) => ask(channel, String(url), options),
    connect: (url: string | URL, protocols: string | readonly string[] = []) =>
      openSocket(channel, String(url), typeof protocols === 'string' ? [protocols] : [...protocols]),
  });
}

async function ask(channel: Channel, url: string, options: FetchOptions): Promise<Response> {
  const { method = 'GET', redirect, timeout, maxBytes } = options;
  const signal = options.signal ?? undefined;
  const headers = new Headers(options.headers);
  const body = await packed(options.body, headers);
  const params = { url, method, headers: [...headers], body, redirect, timeout, maxBytes };
  const give = (reply: unknown) => {
    if (isMap(reply) && typeof reply.body === 'number') closeHandle(channel, reply.body);
  };
  const reply = await channel.call('net.fetch', params, { signal, timeout: 0 }, give);
  return answer(channel, reply, signal);
}

/** The body's bytes; names their type where the extension did not, as `fetch` does. */
async function packed(body: BodyInit | null | undefined, headers: Headers): Promise<unknown> {
  if (body === null || body === undefined) return undefined;
  const whole = new Response(body);
  const type = whole.headers.get('content-type');
  if (type && !headers.has('content-type')) headers.set('content-type', type);
  return new Uint8Array(await whole.arrayBuffer());
}

function answer(channel: Channel, reply: unknown, signal: AbortSignal | undefined): Response {
  if (!isMap(reply) || typeof reply.status !== 'number' || !Array.isArray(reply.headers)) {
    throw new AlcoveError('reply.malformed', 'the host did not answer net.fetch');
  }
  let body: BodyInit | null = null;
  if (typeof reply.body === 'number') body = streamOf(channel, reply.body, signal);
  else if (reply.data instanceof Uint8Array) body = new Uint8Array(reply.data);
  // These have none, and Response insists on it.
  if ([204, 205, 304].includes(reply.status)) {
    if (typeof reply.body === 'number') closeHandle(channel, reply.body);
    body = null;
  }
  const response = new Response(body, {
    status: reply.status,
    statusText: String(reply.statusText),
    headers: reply.headers as [string, string][],
  });
  // A Response that nobody fetched has no address; this one has.
  return Object.defineProperties(response, {
    url: { value: String(reply.url) },
    redirected: { value: reply.redirected === true },
  });
}
