import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** What a key can hold: JSON and, beyond it, 64-bit integers and bytes. At most 1 MiB. */
export type Storable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Storable[]
  | { readonly [key: string]: Storable | undefined };

/** Which keys to list. */
export interface KeyListing {
  /** Only keys that start with this. */
  prefix?: string;
  /** Only keys after this one: the last of the page before. */
  after?: string;
  /** At most this many; the host has its own upper bound. */
  limit?: number;
}

/**
 * Small named values: settings, the last place, a draft. Up to 10,000 keys of at most 512 bytes
 * and 64 MiB in all. Things you search or list belong in a table.
 */
export interface KeyValue {
  /** The value, or undefined when there is none. */
  get<T = unknown>(key: string, options?: CallOptions): Promise<T | undefined>;
  set(key: string, value: Storable, options?: CallOptions): Promise<void>;
  /** True when there was something to delete. */
  delete(key: string, options?: CallOptions): Promise<boolean>;
  /** Keys in order. */
  list(listing?: KeyListing, options?: CallOptions): Promise<string[]>;
}

export function keyValue(channel: Channel): KeyValue {
  const ask = async (method: string, params: object, options?: CallOptions) => {
    const reply = await channel.call(method, params, options);
    if (!isMap(reply)) throw new AlcoveError('reply.malformed', `the host did not answer ${method}`);
    return reply;
  };
  return Object.freeze({
    get: async <T>(key: string, options?: CallOptions): Promise<T | undefined> => {
      const reply = await ask('kv.get', { key }, options);
      return reply.found === true ? (reply.value as T) : undefined;
    },
    set: async (key: string, value: Storable, options?: CallOptions) => {
      if (value === undefined) {
        throw new AlcoveError('request.malformed', 'value is undefined; use kv.delete');
      }
      await channel.call('kv.set', { key, value }, options);
    },
    delete: async (key: string, options?: CallOptions) =>
      (await ask('kv.delete', { key }, options)).deleted === true,
    list: async (listing: KeyListing = {}, options?: CallOptions) => {
      const { prefix = '', after = '', limit = 1000 } = listing;
      const reply = await ask('kv.list', { prefix, after, limit }, options);
      return Array.isArray(reply.keys) ? reply.keys.map(String) : [];
    },
  });
}
