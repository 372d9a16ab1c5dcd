import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** A mail account of the vault that this extension may use, and for what. */
export interface MailAccount {
  id: string;
  address: string;
  name: string;
  /** Mail can be read and sorted. */
  fetch: boolean;
  /** Mail can be sent. */
  send: boolean;
}

/** A folder of an account. */
export interface MailFolder {
  name: string;
  /** Stands between the names of a folder and of one in it; may be empty. */
  separator: string;
  /** `inbox`, `sent`, `drafts`, `trash`, `junk`, `archive`, `all`, `flagged`, or empty. */
  role: string;
  /** False for one that only holds others. */
  selectable: boolean;
}

/** A mail address with the name that stands before it. */
export interface MailAddress {
  name?: string;
  address: string;
}

/** What a list has of a message. Times are Unix milliseconds. */
export interface MailEntry {
  uid: number;
  messageId: string;
  inReplyTo: string[];
  date: number;
  from: MailAddress[];
  to: MailAddress[];
  cc: MailAddress[];
  subject: string;
  /** As in IMAP: `\Seen`, `\Answered`, `\Flagged`, `\Draft`, `\Deleted`, and others. */
  flags: string[];
  /** Bytes. */
  size: number;
}

/** Part of a folder, the newest first. */
export interface MailListing {
  messages: MailEntry[];
  /** Messages in the folder. */
  total: number;
  /** Uids mean something else when it changes. */
  validity: number;
}

/** Which messages are listed: at most 100. Without anything the newest 50. */
export interface MailRange {
  /** The newest so many, or those before `before`. */
  count?: number;
  /** Messages with smaller uids than this. */
  before?: number;
  /** From this uid to `last`. */
  first?: number;
  last?: number;
  /** Exactly these. */
  uids?: number[];
}

/** A part of a message that is no body. */
export interface MailAttachment {
  /** Names it in this message. */
  part: number;
  /** As the sender calls it: not a safe file name. */
  name: string;
  type: string;
  /** Bytes. */
  size: number;
  inline: boolean;
  contentId: string;
}

/** An opened message. Opening does not mark it as seen. */
export interface MailMessage extends MailEntry {
  bcc: MailAddress[];
  replyTo: MailAddress[];
  references: string[];
  text: string;
  /** As the sender wrote it: clean it before you show it. */
  html: string;
  /** A body is longer than 2 MiB, or there are more than 200 parts. */
  cut: boolean;
  attachments: MailAttachment[];
}

/** A file that goes along with a message. */
export interface MailFile {
  name: string;
  type?: string;
  data: Uint8Array | string;
  /** Names a file that the HTML shows by `cid:`. */
  contentId?: string;
}

/** A message that is to be sent. The sender is the account's address. */
export interface MailDraft {
  to?: MailAddress[];
  cc?: MailAddress[];
  bcc?: MailAddress[];
  replyTo?: MailAddress[];
  subject?: string;
  text?: string;
  html?: string;
  /** Message ids, without `<` and `>`. */
  inReplyTo?: string[];
  references?: string[];
  attachments?: MailFile[];
}

/**
 * Mail, through accounts of the vault. Needs the permission `mail.fetch` or `mail.send` of the host
 * of the account's server, or of a domain that it is under. No password is ever seen.
 */
export interface Mail {
  accounts(options?: CallOptions): Promise<MailAccount[]>;
  folders(account: string, options?: CallOptions): Promise<MailFolder[]>;
  list(account: string, folder: string, range?: MailRange, options?: CallOptions): Promise<MailListing>;
  message(account: string, folder: string, uid: number, options?: CallOptions): Promise<MailMessage>;
  /** What an attachment holds. */
  attachment(
    account: string,
    folder: string,
    uid: number,
    part: number,
    options?: CallOptions,
  ): Promise<Uint8Array>;
  /** Sets flags, or with `add` false takes them away. */
  flag(
    account: string,
    folder: string,
    uids: number[],
    flags: string[],
    add?: boolean,
    options?: CallOptions,
  ): Promise<void>;
  move(account: string, folder: string, uids: number[], to: string, options?: CallOptions): Promise<void>;
  /** Puts a message in the form of RFC 5322 into a folder, such as a draft. */
  append(
    account: string,
    folder: string,
    message: Uint8Array | string,
    flags?: string[],
    options?: CallOptions,
  ): Promise<void>;
  /** Sends a message to all recipients, or to none, and gives its message id. */
  send(account: string, draft: MailDraft, options?: CallOptions): Promise<string>;
}

export function mail(channel: Channel): Mail {
  const ask = async (method: string, params: object, options?: CallOptions) => {
    const reply = await channel.call(method, params, options);
    if (!isMap(reply)) throw malformed(method);
    return reply;
  };
  return Object.freeze({
    accounts: async (options?: CallOptions) =>
      rows((await ask('mail.accounts', {}, options)).accounts) as unknown as MailAccount[],
    folders: async (account: string, options?: CallOptions) =>
      rows((await ask('mail.folders', { account }, options)).folders) as unknown as MailFolder[],
    list: async (account: string, folder: string, range: MailRange = {}, options?: CallOptions) => {
      const { messages, total, validity } = await ask('mail.list', { ...range, account, folder }, options);
      return {
        messages: rows(messages) as unknown as MailEntry[],
        total: Number(total),
        validity: Number(validity),
      };
    },
    message: async (account: string, folder: string, uid: number, options?: CallOptions) => {
      const { message } = await ask('mail.message', { account, folder, uid }, options);
      if (!isMap(message)) throw malformed('mail.message');
      return message as unknown as MailMessage;
    },
    attachment: async (account: string, folder: string, uid: number, part: number, options?: CallOptions) => {
      const { data } = await ask('mail.attachment', { account, folder, uid, part }, options);
      if (!(data instanceof Uint8Array)) throw malformed('mail.attachment');
      return data;
    },
    flag: async (
      account: string,
      folder: string,
      uids: number[],
      flags: string[],
      add = true,
      options?: CallOptions,
    ) => {
      await ask('mail.flag', { account, folder, uids, flags, add }, options);
    },
    move: async (account: string, folder: string, uids: number[], to: string, options?: CallOptions) => {
      await ask('mail.move', { account, folder, uids, to }, options);
    },
    append: async (
      account: string,
      folder: string,
      message: Uint8Array | string,
      flags: string[] = [],
      options?: CallOptions,
    ) => {
      await ask('mail.append', { account, folder, message, flags }, options);
    },
    send: async (account: string, draft: MailDraft, options?: CallOptions) => {
      const { messageId } = await ask('mail.send', { ...draft, account }, options);
      if (typeof messageId !== 'string') throw malformed('mail.send');
      return messageId;
    },
  });
}

function malformed(method: string): AlcoveError {
  return new AlcoveError('reply.malformed', `the host did not answer ${method}`);
}

function rows(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isMap) : [];
}
