import { decode, encode } from '@msgpack/msgpack';

/**
 * MessagePack of the host API. Go sends times and sizes as 64-bit integers;
 * nothing in this API exceeds 2^53, so safe ones become numbers. Envelopes of
 * extensions do not pass here: they are relayed undecoded.
 */
export function pack(value: unknown): Uint8Array<ArrayBuffer> {
  return encode(value, { ignoreUndefined: true }) as Uint8Array<ArrayBuffer>;
}

export function unpack(bytes: ArrayBuffer | Uint8Array): unknown {
  return plain(decode(bytes, { useBigInt64: true }));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (
    value !== null &&
    typeof value === 'object' &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  ) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}
