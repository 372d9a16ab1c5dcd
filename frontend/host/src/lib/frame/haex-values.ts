import { decode, encode } from '@msgpack/msgpack';
import { largestEnvelope } from './protocol';

/** What a frame sent cannot be carried; the message is for its author. */
export class Unsendable extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

// Go's own bounds; what is over them is refused here, before it is worked on.
const deepest = 30;
const most = 400_000;

/**
 * Makes an envelope of a call. What a port carries and JSON has no form for
 * becomes what JSON would make of it, but for bytes, which stay bytes. Throws an
 * Unsendable.
 */
export function envelope(id: number, method: string, params: unknown): ArrayBuffer {
  const budget = { items: most, bytes: largestEnvelope };
  const named = typeof params === 'object' && params !== null ? params : {};
  const plainParams = plain(listed(named), budget, 0) ?? {};
  const bytes = encode(
    { v: 1, id, method, params: plainParams },
    { useBigInt64: true, maxDepth: deepest + 3 },
  );
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** Reads a reply. Whole numbers beyond 2^53 lose what a number cannot hold. */
export function read(reply: ArrayBuffer): unknown {
  return decode(reply);
}

/** The SDK writes a file's bytes as a list of numbers, under the name data. */
function listed(params: object): object {
  const data = (params as Record<string, unknown>).data;
  if (!Array.isArray(data) || data.length === 0 || data.length > largestEnvelope) return params;
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value: unknown = data[i];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 255) return params;
    bytes[i] = value;
  }
  return { ...params, data: bytes };
}

interface Budget {
  items: number;
  bytes: number;
}

function plain(value: unknown, budget: Budget, depth: number): unknown {
  budget.items -= 1;
  if (budget.items < 0 || depth > deepest) throw tooLarge();
  switch (typeof value) {
    case 'string':
      spend(budget, value.length);
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return value;
      throw new Unsendable(3001, 'request.malformed', 'A whole number has more than 64 bits.');
    case 'object':
      return value === null ? null : structure(value, budget, depth);
    default:
      return undefined;
  }
}

function structure(value: object, budget: Budget, depth: number): unknown {
  if (Array.isArray(value)) {
    if (value.length > budget.items) throw tooLarge(); // also a list that is all holes
    return value.map((member) => plain(member, budget, depth + 1) ?? null);
  }
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    spend(budget, value.byteLength);
    return value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof String || value instanceof Number || value instanceof Boolean)
    return plain(value.valueOf(), budget, depth);
  const out = Object.create(null) as Record<string, unknown>;
  for (const [key, member] of Object.entries(value)) {
    spend(budget, key.length);
    const kept = plain(member, budget, depth + 1);
    if (kept !== undefined) out[key] = kept;
  }
  return out;
}

function spend(budget: Budget, bytes: number): void {
  budget.bytes -= bytes;
  if (budget.bytes < 0) throw tooLarge();
}

function tooLarge(): Unsendable {
  return new Unsendable(
    7000,
    'request.too_large',
    'The call is over a limit: 8 MiB, 30 levels or 400,000 values. Send it in parts.',
  );
}
