import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** A storage of the vault that this extension may use. */
export interface StoragePlace {
  id: string;
  name: string;
  /** The server, such as `https://s3.example.com`. */
  endpoint: string;
  region: string;
  bucket: string;
  /** What all keys at the server begin with; it is in no key here. */
  prefix: string;
  /** This extension added it. */
  own: boolean;
  /** What is there can be changed without asking the person. */
  write: boolean;
  /** Unix milliseconds. */
  created: number;
}

/** Where a storage is and what opens it. What is left out of a change stays. */
export interface StorageChange {
  name?: string;
  /** Left out: Amazon's server of the region. */
  endpoint?: string;
  /** Left out: `us-east-1`. */
  region?: string;
  bucket?: string;
  /** Keys are in this folder of the bucket. */
  prefix?: string;
  accessKey?: string;
  secret?: string;
  /** Of credentials that end. */
  token?: string;
  /** The bucket is in the path of addresses, as most servers but Amazon's have it. */
  pathStyle?: boolean;
}

/** A new storage. */
export type StorageDraft = StorageChange &
  Required<Pick<StorageChange, 'name' | 'bucket' | 'accessKey' | 'secret'>>;

/** What a list has of an object. */
export interface StorageObject {
  key: string;
  /** Bytes. */
  size: number;
  /** Unix milliseconds, 0 where the server does not say. */
  changed: number;
}

export interface StorageRange {
  /** Only keys that begin like this. */
  prefix?: string;
  /** Only what comes behind this key. */
  after?: string;
  /** At most 10,000; without it 1,000. */
  limit?: number;
}

/**
 * Files on S3, in storages of the vault. Needs the permission `storage.read` or `storage.readWrite`.
 * What opens the person's storages is never seen; those that the extension adds are its own.
 */
export interface Storages {
  places(options?: CallOptions): Promise<StoragePlace[]>;
  /** The person is asked each time. */
  add(storage: StorageDraft, options?: CallOptions): Promise<StoragePlace>;
  /** Of one that this extension added. The person is asked about another place. */
  change(storage: string, change: StorageChange, options?: CallOptions): Promise<StoragePlace>;
  /** Forgets one that this extension added. What is in it stays. */
  remove(storage: string, options?: CallOptions): Promise<void>;
  /** Fails where the storage cannot be read. */
  test(storage: string, options?: CallOptions): Promise<void>;
  list(
    storage: string,
    range?: StorageRange,
    options?: CallOptions,
  ): Promise<{ objects: StorageObject[]; more: boolean }>;
  /** At most 24 MiB. */
  get(storage: string, key: string, options?: CallOptions): Promise<Uint8Array>;
  /** Takes the place of what has this key. At most 8 MiB with the call. */
  put(storage: string, key: string, data: Uint8Array | string, options?: CallOptions): Promise<void>;
  /** What is not there is no error. */
  delete(storage: string, key: string, options?: CallOptions): Promise<void>;
}

export function storages(channel: Channel): Storages {
  const ask = async (method: string, params: object, options?: CallOptions) => {
    const reply = await channel.call(method, params, options);
    if (!isMap(reply)) throw malformed(method);
    return reply;
  };
  const place = async (method: string, params: object, options?: CallOptions) => {
    const { storage } = await ask(method, params, options);
    if (!isMap(storage)) throw malformed(method);
    return storage as unknown as StoragePlace;
  };
  return Object.freeze({
    places: async (options?: CallOptions) =>
      rows((await ask('storage.places', {}, options)).storages) as unknown as StoragePlace[],
    add: (storage: StorageDraft, options?: CallOptions) => place('storage.add', { ...storage }, options),
    change: (storage: string, change: StorageChange, options?: CallOptions) =>
      place('storage.change', { ...change, id: storage }, options),
    remove: async (storage: string, options?: CallOptions) => {
      await ask('storage.remove', { id: storage }, options);
    },
    test: async (storage: string, options?: CallOptions) => {
      await ask('storage.test', { storage }, options);
    },
    list: async (storage: string, range: StorageRange = {}, options?: CallOptions) => {
      const { objects, more } = await ask('storage.list', { ...range, storage }, options);
      return { objects: rows(objects) as unknown as StorageObject[], more: more === true };
    },
    get: async (storage: string, key: string, options?: CallOptions) => {
      const { data } = await ask('storage.get', { storage, key }, options);
      if (!(data instanceof Uint8Array)) throw malformed('storage.get');
      return data;
    },
    put: async (storage: string, key: string, data: Uint8Array | string, options?: CallOptions) => {
      await ask('storage.put', { storage, key, data }, options);
    },
    delete: async (storage: string, key: string, options?: CallOptions) => {
      await ask('storage.delete', { storage, key }, options);
    },
  });
}

function malformed(method: string): AlcoveError {
  return new AlcoveError('reply.malformed', `the host did not answer ${method}`);
}

function rows(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isMap) : [];
}
