// What may cross the port and in which type it arrives on the other side.
//
//   JavaScript                         SQLite and kv
//   null                               NULL
//   boolean                            0 or 1 in SQL, boolean in kv
//   number, a safe integer             INTEGER
//   number, anything else but NaN      REAL
//   bigint within 64 bits, signed      INTEGER, exact
//   string                             TEXT
//   Uint8Array, any view, ArrayBuffer  BLOB
//
// Back: an INTEGER is a number when that is exact and a bigint when it is not.

import { malformed } from './errors.ts';

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_DEPTH = 28;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A copy of `value` that msgpack can carry. `where` names the argument in errors. */
export function outgoing(value: unknown, where: string, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return LONE_SURROGATE.test(value) ? value.replace(/\p{Surrogate}/gu, '\uFFFD') : value;
    case 'boolean':
      return value;
    case 'number':
      if (Number.isNaN(value)) throw malformed(`${where} is NaN; use null for “no value”`);
      return value;
    case 'bigint':
      if (value < MIN_INT64 || value > MAX_INT64) {
        throw malformed(`${where} does not fit in 64 bits; store it as text`);
      }
      return value;
    case 'undefined':
      throw malformed(`${where} is undefined; use null for “no value”`);
    case 'function':
    case 'symbol':
      throw malformed(`${where} is a ${typeof value} and cannot be sent`);
    case 'object':
      return outgoingObject(value, where, depth);
  }
}

function outgoingObject(value: object | null, where: string, depth: number): unknown {
  if (value === null) return null;
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (depth >= MAX_DEPTH) throw malformed(`${where} is nested too deeply, or contains itself`);
  if (Array.isArray(value)) {
    return Array.from(value, (item, i) => outgoing(item, `${where}[${String(i)}]`, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isForeignPlain(prototype)) {
    const name = value.constructor.name;
    throw malformed(`${where} is a ${name}; send plain objects, text, numbers or Uint8Array`);
  }
  const copy: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    // Like JSON: an absent property, not a null one.
    if (item !== undefined) copy.push([key, outgoing(item, `${where}.${key}`, depth + 1)]);
  }
  return Object.fromEntries(copy);
}

// A plain object of another realm has a prototype whose own prototype is null.
function isForeignPlain(prototype: unknown): boolean {
  return typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null;
}

/** A decoded value as authors see it: exact integers, blobs that own their bytes. */
export function incoming(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = incoming(value[i]);
    return value;
  }
  const map = value as Record<string, unknown>;
  for (const key of Object.keys(map)) map[key] = incoming(map[key]);
  return map;
}
