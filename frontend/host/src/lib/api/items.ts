import * as v from 'valibot';
import { count, flag, list, text } from './shapes';

/** What a list has of a password item. Times are Unix milliseconds. */
const head = {
  id: v.string(),
  title: text,
  username: text,
  urls: list(v.string()),
  tags: list(v.string()),
  created: count,
  changed: count,
  deleted: count,
};
export const Summary = v.object({ ...head, hasPassword: flag, hasTotp: flag });
export type Summary = v.InferOutput<typeof Summary>;

export const Field = v.object({ name: text, value: text, hidden: flag });
export type Field = v.InferOutput<typeof Field>;

/** Everything in a password item. */
export const Item = v.object({
  ...head,
  password: text,
  note: text,
  totp: v.nullish(v.string()),
  fields: list(Field),
});
export type Item = v.InferOutput<typeof Item>;

export const Tag = v.object({ name: v.string(), items: count });
export type Tag = v.InferOutput<typeof Tag>;

/** A one-time code, the seconds that each lasts, and when there is another one. */
export const Code = v.object({ code: v.string(), period: count, until: count });
export type Code = v.InferOutput<typeof Code>;

const Security = v.fallback(v.picklist(['tls', 'startTls']), 'tls');
export const MailServer = v.object({ host: text, port: count, security: Security });
export type MailServer = v.InferOutput<typeof MailServer>;

export const Account = v.object({
  id: v.string(),
  address: text,
  name: text,
  user: text,
  imap: MailServer,
  smtp: MailServer,
});
export type Account = v.InferOutput<typeof Account>;

/** A place on S3. `owner` is the app that added it, empty for the person's own. */
export const Storage = v.object({
  id: v.string(),
  name: text,
  endpoint: text,
  region: text,
  bucket: text,
  prefix: text,
  pathStyle: flag,
  accessKey: text,
  owner: text,
});
export type Storage = v.InferOutput<typeof Storage>;

const Named = v.object({ id: v.string() });
const Nothing = v.unknown();

export const itemAnswers = {
  'items.list': v.object({ items: list(Summary), tags: list(Tag) }),
  'items.deleted': v.object({ items: list(Summary) }),
  'items.get': v.object({ item: Item }),
  'items.code': Code,
  'items.create': Named,
  'items.update': Nothing,
  'items.delete': Nothing,
  'items.restore': Nothing,
  'items.remove': Nothing,
  'items.generate': v.object({ password: v.string() }),
  'items.copy': Nothing,
  'accounts.list': v.object({ accounts: list(Account) }),
  'accounts.add': Named,
  'accounts.change': Nothing,
  'accounts.remove': Nothing,
  'storages.list': v.object({ storages: list(Storage) }),
  'storages.add': Named,
  'storages.change': Nothing,
  'storages.share': Nothing,
  'storages.remove': Nothing,
  'storages.test': Nothing,
} as const;
