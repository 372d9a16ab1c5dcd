/**
 * The SDK for Alcove extensions: one call, {@link connect}, gives a
 * {@link Vault} with the extension's tables, keys, context and lifecycle.
 * Framework-free; runs in the sandboxed frame the host gives every extension.
 *
 * @packageDocumentation
 */
export { connect } from './connect.ts';
export type { ConnectOptions, Vault } from './connect.ts';
export type { Background } from './background.ts';
export type { Clipboard } from './clipboard.ts';
export type { Context, Theme } from './context.ts';
export type { CallOptions } from './channel.ts';
export type { Database, ExecuteResult, Migration, Row, RowsResult } from './db.ts';
export type { PermissionKey, VaultEvents } from './events.ts';
export { AlcoveError } from './errors.ts';
export type { FileChanges, Files, WorkOptions } from './files.ts';
export type { FileContent, FileInfo, Pick, PickOptions, Progress, WriteOptions } from './filetypes.ts';
export type { FileWriter } from './filewriter.ts';
export type { KeyListing, KeyValue, Storable } from './kv.ts';
export type { DeactivateEvent, Unsubscribe } from './lifecycle.ts';
export type {
  Mail,
  MailAccount,
  MailAddress,
  MailAttachment,
  MailDraft,
  MailEntry,
  MailFile,
  MailFolder,
  MailListing,
  MailMessage,
  MailRange,
} from './mail.ts';
export type { FetchOptions, Network } from './net.ts';
export type { Notice, Notifications } from './notifications.ts';
export type { SocketEnd, VaultSocket } from './socket.ts';
export type {
  OneTimeCode,
  PasswordChange,
  PasswordField,
  PasswordItem,
  PasswordSummary,
  Passwords,
} from './passwords.ts';
export { PeerRefusal } from './peers.ts';
export type { Caller, Choice, Offer, Peers } from './peers.ts';
export type { SecretInfo, SecretOptions, Secrets } from './secrets.ts';
export type {
  Output,
  ProgramEnd,
  ProgramOptions,
  RunOptions,
  RunResult,
  RunningProgram,
  Shell,
  Terminal,
} from './shell.ts';
export type {
  StorageChange,
  StorageDraft,
  StorageObject,
  StoragePlace,
  StorageRange,
  Storages,
} from './storage.ts';
export { Identifier, Statement, sql } from './sql.ts';
export type { Bindable, SqlPart, SqlTag } from './sql.ts';
export { SDK_VERSION } from './version.ts';
