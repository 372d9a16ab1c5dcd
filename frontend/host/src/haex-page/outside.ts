import { call } from './port';

interface Answer {
  status: number;
  statusText?: string;
  headers?: Record<string, string>;
  body?: string;
  url?: string;
}

/** Answers that have no body, which the constructor insists on. */
const bodiless = [101, 103, 204, 205, 304];
/** Characters of one step of making base64. */
const step = 0x8000;

/**
 * Fetches from a place outside as the app's own call: declared, asked about and
 * in the ledger like one of its SDK. Fails as fetch does.
 */
export async function fetchOutside(request: Request): Promise<Response> {
  request.signal.throwIfAborted();
  const body = new Uint8Array(await request.arrayBuffer());
  const answer = call('extension_web_fetch', {
    url: request.url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    ...(body.length > 0 && { body: base64(body) }),
  }) as Promise<Answer>;
  return responseOf(await untilAborted(answer, request.signal), request.url);
}

async function untilAborted(answer: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([answer, aborted]).catch((error: unknown) => {
    if (signal.aborted) throw error;
    throw new TypeError('Failed to fetch', { cause: error });
  });
}

function responseOf(answer: Answer, asked: string): Response {
  const bytes = Uint8Array.from(atob(answer.body ?? ''), (c) => c.charCodeAt(0));
  const response = new Response(bodiless.includes(answer.status) ? null : bytes, {
    status: answer.status,
    statusText: answer.statusText ?? '',
    headers: answer.headers ?? {},
  });
  Object.defineProperty(response, 'url', { value: answer.url ?? asked });
  return response;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += step)
    text += String.fromCharCode(...bytes.subarray(at, at + step));
  return btoa(text);
}
