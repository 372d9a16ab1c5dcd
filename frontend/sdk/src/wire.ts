// The envelope: msgpack {v, id, method, params} out, {id, ok | error} back.

import { decode, encode } from '@msgpack/msgpack';
import type { ExtensionCodecType } from '@msgpack/msgpack';
import { AlcoveError } from './errors.ts';
import { incoming, outgoing } from './values.ts';

/** The bound of the host; a larger request is refused here, before it is sent. */
const MAX_ENVELOPE = 8 * 1024 * 1024;
const MAX_REPLY = 64 * 1024 * 1024;

const noExtensions: ExtensionCodecType<undefined> = {
  tryToEncode: () => null,
  decode: (_data, type) => {
    throw new Error(`unexpected msgpack extension ${String(type)}`);
  },
};
const codec = { useBigInt64: true, extensionCodec: noExtensions };

/** One reply: `result` is there when the call succeeded. */
export interface Reply {
  id: number;
  error?: AlcoveError;
  result?: unknown;
}

export function encodeRequest(id: number, method: string, params: object): ArrayBuffer {
  const bytes = encode({ v: 1, id, method, params: outgoing(params, 'params') }, codec);
  if (bytes.byteLength > MAX_ENVELOPE) {
    throw new AlcoveError(
      'request.too_large',
      `the call is ${String(bytes.byteLength)} bytes; at most ${String(MAX_ENVELOPE)} fit, so split it`,
    );
  }
  // The encoder hands out a view of its own, larger buffer.
  return bytes.slice().buffer;
}

/** Throws on anything that is no reply; never trusts a type it did not check. */
export function decodeReply(data: ArrayBuffer): Reply {
  if (data.byteLength > MAX_REPLY) throw new Error('reply too large');
  const value: unknown = decode(data, codec);
  if (!isMap(value)) throw new Error('reply is no map');
  const id = incoming(value.id);
  if (typeof id !== 'number') throw new Error('reply has no id');
  if (Object.hasOwn(value, 'error')) return { id, error: errorOf(value.error) };
  if (!Object.hasOwn(value, 'ok')) throw new Error('reply has neither ok nor error');
  return { id, result: incoming(value.ok) };
}

function errorOf(value: unknown): AlcoveError {
  if (!isMap(value) || typeof value.code !== 'string') {
    return new AlcoveError('reply.malformed', 'the host answered with an error that has no code');
  }
  const message = typeof value.message === 'string' ? value.message : value.code;
  return new AlcoveError(value.code, message, incoming(value.data));
}

/** A decoded msgpack map, or a plain object. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
