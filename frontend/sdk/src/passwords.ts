import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** What a list has of a password item: nothing that opens anything. Times are Unix milliseconds. */
export interface PasswordSummary {
  id: string;
  title: string;
  username: string;
  urls: string[];
  tags: string[];
  hasPassword: boolean;
  hasTotp: boolean;
  hasNote: boolean;
  /** How many fields of the person's own there are. */
  fields: number;
  created: number;
  changed: number;
}

/** One more value of an item, under a name of the person's own. */
export interface PasswordField {
  name: string;
  value: string;
  /** It is shown as dots, like a password. */
  hidden?: boolean;
}

/** Everything in a password item. */
export interface PasswordItem {
  id: string;
  title: string;
  username: string;
  password: string;
  urls: string[];
  note: string;
  tags: string[];
  /** An `otpauth` address, or null where there are no one-time codes. */
  totp: string | null;
  fields: PasswordField[];
  created: number;
  changed: number;
}

/** What an item is to be. What is left out stays as it is. */
export interface PasswordChange {
  title?: string;
  username?: string;
  password?: string;
  urls?: string[];
  note?: string;
  tags?: string[];
  /** An `otpauth` address, or the secret in base32; an empty text takes the codes away. */
  totp?: string;
  fields?: PasswordField[];
}

/** A one-time code. */
export interface OneTimeCode {
  code: string;
  /** Seconds that each code lasts. */
  period: number;
  /** Unix milliseconds; from then on there is another one. */
  until: number;
}

/**
 * The password items of the vault that have a tag this extension may reach. Needs the permission
 * `passwords.read` or `passwords.readWrite` of that tag; `*` is every item. An item out of reach is
 * `items.not_found`, as one that does not exist.
 */
export interface Passwords {
  /** The items in reach, by title, or those of them with one tag. Ask for a tag to be let in there. */
  list(options?: { tag?: string } & CallOptions): Promise<PasswordSummary[]>;
  get(id: string, options?: CallOptions): Promise<PasswordItem>;
  /** The present one-time code. */
  totp(id: string, options?: CallOptions): Promise<OneTimeCode>;
  /** The new item's id. It needs a tag that may be written to. */
  create(item: PasswordChange, options?: CallOptions): Promise<string>;
  /** At least one tag that may be written to has to stay. */
  update(id: string, change: PasswordChange, options?: CallOptions): Promise<void>;
  /** The person can have it back for 30 days. */
  delete(id: string, options?: CallOptions): Promise<void>;
}

export function passwords(channel: Channel): Passwords {
  const ask = async (method: string, params: object, options?: CallOptions) => {
    const reply = await channel.call(method, params, options);
    if (!isMap(reply)) throw malformed(method);
    return reply;
  };
  return Object.freeze({
    list: async (options: { tag?: string } & CallOptions = {}) => {
      const { tag, ...call } = options;
      const { items } = await ask('passwords.list', tag === undefined ? {} : { tag }, call);
      return Array.isArray(items) ? items.filter(isMap).map(parseSummary) : [];
    },
    get: async (id: string, options?: CallOptions) => {
      const { item } = await ask('passwords.get', { id }, options);
      if (!isMap(item)) throw malformed('passwords.get');
      return parseItem(item);
    },
    totp: async (id: string, options?: CallOptions) => {
      const { code, period, until } = await ask('passwords.totp', { id }, options);
      if (typeof code !== 'string') throw malformed('passwords.totp');
      return { code, period: Number(period), until: Number(until) };
    },
    create: async (item: PasswordChange, options?: CallOptions) => {
      const { id } = await ask('passwords.create', item, options);
      if (typeof id !== 'string') throw malformed('passwords.create');
      return id;
    },
    update: async (id: string, change: PasswordChange, options?: CallOptions) => {
      await ask('passwords.update', { ...change, id }, options);
    },
    delete: async (id: string, options?: CallOptions) => {
      await ask('passwords.delete', { id }, options);
    },
  });
}

function malformed(method: string): AlcoveError {
  return new AlcoveError('reply.malformed', `the host did not answer ${method}`);
}

type Fields = Record<string, unknown>;

/** What a summary and an item have in common. */
function parseHead(from: Fields) {
  return {
    id: String(from.id),
    title: String(from.title),
    username: String(from.username),
    urls: texts(from.urls),
    tags: texts(from.tags),
    created: Number(from.created),
    changed: Number(from.changed),
  };
}

function parseSummary(from: Fields): PasswordSummary {
  return {
    ...parseHead(from),
    hasPassword: from.hasPassword === true,
    hasTotp: from.hasTotp === true,
    hasNote: from.hasNote === true,
    fields: Number(from.fields),
  };
}

function parseItem(from: Fields): PasswordItem {
  const fields = Array.isArray(from.fields) ? from.fields.filter(isMap) : [];
  return {
    ...parseHead(from),
    password: String(from.password),
    note: String(from.note),
    totp: typeof from.totp === 'string' ? from.totp : null,
    fields: fields.map(({ name, value, hidden }) => ({
      name: String(name),
      value: String(value),
      hidden: hidden === true,
    })),
  };
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.map(String) : [];
}
