import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** How a secret is kept. */
export interface SecretOptions {
  /** The person is asked each time it is read, whatever they allowed before. */
  ask?: boolean;
}

/** What is told of a secret without opening it. */
export interface SecretInfo {
  name: string;
  ask: boolean;
  /** Unix milliseconds. */
  updatedAt: number;
}

/**
 * Tokens and passwords, sealed for this extension: no other extension, no SQL statement and no
 * export shows them, and they stay on this device. Needs the permission `secrets.use`. Up to 200,
 * of at most 16 KiB each.
 */
export interface Secrets {
  /** The secret, or undefined when there is none. It comes back as it was set, text or bytes. */
  get(name: string, options?: CallOptions): Promise<string | Uint8Array | undefined>;
  set(name: string, value: string | Uint8Array, options?: SecretOptions & CallOptions): Promise<void>;
  /** True when there was something to delete. */
  delete(name: string, options?: CallOptions): Promise<boolean>;
  /** What there is, by name. */
  list(options?: CallOptions): Promise<SecretInfo[]>;
}

export function secretStore(channel: Channel): Secrets {
  const ask = async (method: string, params: object, options?: CallOptions) => {
    const reply = await channel.call(method, params, options);
    if (!isMap(reply)) throw new AlcoveError('reply.malformed', `the host did not answer ${method}`);
    return reply;
  };
  return Object.freeze({
    get: async (name: string, options?: CallOptions) => {
      const { found, value } = await ask('secrets.get', { name }, options);
      if (found !== true) return undefined;
      if (typeof value === 'string' || value instanceof Uint8Array) return value;
      throw new AlcoveError('reply.malformed', 'the host gave no secret');
    },
    set: async (name: string, value: string | Uint8Array, options: SecretOptions & CallOptions = {}) => {
      const { ask: asks = false, ...call } = options;
      await channel.call('secrets.set', { name, value, ask: asks }, call);
    },
    delete: async (name: string, options?: CallOptions) =>
      (await ask('secrets.delete', { name }, options)).deleted === true,
    list: async (options?: CallOptions) => {
      const { secrets } = await ask('secrets.list', {}, options);
      return Array.isArray(secrets) ? secrets.filter(isMap).map(parseInfo) : [];
    },
  });
}

function parseInfo(info: Record<string, unknown>): SecretInfo {
  return { name: String(info.name), ask: info.ask === true, updatedAt: Number(info.updatedAt) };
}
