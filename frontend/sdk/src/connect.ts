import { background } from './background.ts';
import type { Background } from './background.ts';
import { Channel } from './channel.ts';
import type { CallOptions } from './channel.ts';
import { clipboard } from './clipboard.ts';
import type { Clipboard } from './clipboard.ts';
import type { Context } from './context.ts';
import { parseContext } from './context.ts';
import { database } from './db.ts';
import type { Database } from './db.ts';
import { AlcoveError } from './errors.ts';
import { files } from './files.ts';
import type { Files } from './files.ts';
import { keepFocus } from './focus.ts';
import { keyValue } from './kv.ts';
import type { KeyValue } from './kv.ts';
import { Lifecycle } from './lifecycle.ts';
import type { DeactivateEvent, Unsubscribe } from './lifecycle.ts';
import { mail } from './mail.ts';
import type { Mail } from './mail.ts';
import { storages } from './storage.ts';
import type { Storages } from './storage.ts';
import { network } from './net.ts';
import type { Network } from './net.ts';
import { notifications } from './notifications.ts';
import type { Notifications } from './notifications.ts';
import type { VaultEvents } from './events.ts';
import { passwords } from './passwords.ts';
import type { Passwords } from './passwords.ts';
import { peerCalls } from './peers.ts';
import type { Peers } from './peers.ts';
import { secretStore } from './secrets.ts';
import type { Secrets } from './secrets.ts';
import { shell } from './shell.ts';
import type { Shell } from './shell.ts';
import { Identifier } from './sql.ts';
import { SDK_VERSION } from './version.ts';

/** An extension's session with the vault it is installed in. */
export interface Vault {
  /** Who the extension is and what surrounds it, as of now; see {@link Vault.onContext}. */
  readonly context: Context;
  /** The extension's own tables. */
  readonly db: Database;
  /** The extension's own named values. */
  readonly kv: KeyValue;
  /** The extension's own sealed values. */
  readonly secrets: Secrets;
  /** Password items of the vault. */
  readonly passwords: Passwords;
  /** Mail accounts of the vault. */
  readonly mail: Mail;
  /** Files on S3, in storages of the vault. */
  readonly storage: Storages;
  /** Files of this computer. */
  readonly files: Files;
  /** Other extensions. */
  readonly peers: Peers;
  /** Addresses outside. */
  readonly net: Network;
  /** Programs of this computer. */
  readonly shell: Shell;
  /** The desktop's clipboard. */
  readonly clipboard: Clipboard;
  /** Messages of the desktop. */
  readonly notifications: Notifications;
  /** Going on without a tab. */
  readonly background: Background;
  /** The quoted full name of one of the extension's tables or indexes: `"<key>__<name>__notes"`. */
  table(name: string): Identifier;
  /**
   * Runs when the extension is shown; the host keeps its skeleton up until the handlers that are
   * registered by then have finished. Registered later, it runs at once.
   */
  onActivate(handler: () => unknown): Unsubscribe;
  /**
   * Runs before the extension is closed, the vault locks or Alcove quits: save what is not yet
   * saved. There are at most 2 s, and 300 ms when the vault locks. The session may go on afterwards.
   */
  onDeactivate(handler: (event: DeactivateEvent) => unknown): Unsubscribe;
  /** Runs when theme, language or motion preference change. */
  onContext(handler: (context: Context) => unknown): Unsubscribe;
  /** Runs when the host tells of something; see {@link VaultEvents} for the names. */
  on<N extends keyof VaultEvents>(name: N, handler: (data: VaultEvents[N]) => unknown): Unsubscribe;
  /** A method this SDK has no function for yet; `params` is a plain object. */
  call(method: string, params?: object, options?: CallOptions): Promise<unknown>;
}

/** Options of {@link connect}; each has a sensible default. */
export interface ConnectOptions {
  /** As {@link Vault.onActivate}, but cannot be too late. */
  onActivate?: (vault: Vault) => unknown;
  /** As {@link Vault.onDeactivate}. */
  onDeactivate?: (event: DeactivateEvent) => unknown;
  /** Milliseconds to wait for the host; default 10,000. */
  timeout?: number;
  /** Where the host's offer arrives; the frame's own window unless a test says otherwise. */
  scope?: EventTarget;
}

/**
 * Waits for the host's offer of a port, answers it, and gives the {@link Vault} once the host
 * has said who the extension is. Call it once, as early as you like.
 *
 * @throws {@link AlcoveError} `handshake.timeout` outside Alcove, `handshake.malformed` when the
 * host's greeting makes no sense.
 */
export async function connect(options: ConnectOptions = {}): Promise<Vault> {
  const { timeout = 10_000, scope = globalThis as unknown as EventTarget } = options;
  const deadline = AbortSignal.timeout(timeout);
  const port = await offer(scope, deadline);
  const { lifecycle, channel } = await greet(port, deadline);
  if (typeof document !== 'undefined') keepFocus(document, globalThis as unknown as EventTarget);

  const vault: Vault = Object.freeze({
    get context() {
      return lifecycle.context;
    },
    db: database(channel),
    kv: keyValue(channel),
    secrets: secretStore(channel),
    passwords: passwords(channel),
    mail: mail(channel),
    storage: storages(channel),
    files: files(channel, lifecycle),
    net: network(channel),
    shell: shell(channel),
    clipboard: clipboard(channel),
    notifications: notifications(channel),
    background: background(channel),
    peers: peerCalls(channel, (handler) => lifecycle.on('peers.asked', handler)),
    table: (name: string) => new Identifier(lifecycle.context.prefix, name),
    onActivate: (handler: () => unknown) => lifecycle.onActivate(handler),
    onDeactivate: (handler: (event: DeactivateEvent) => unknown) => lifecycle.onDeactivate(handler),
    onContext: (handler: (context: Context) => unknown) => lifecycle.onContext(handler),
    on: (name: string, handler: (data: never) => unknown) =>
      lifecycle.on(name, handler as (data: unknown) => unknown),
    call: (method: string, params: object = {}, callOptions?: CallOptions) =>
      channel.call(method, params, callOptions),
  });
  const { onActivate, onDeactivate } = options;
  if (onActivate) vault.onActivate(() => onActivate(vault));
  if (onDeactivate) vault.onDeactivate(onDeactivate);
  return vault;
}

/** The first port the embedding page offers. Offers repeat, so none is missed. */
function offer(scope: EventTarget, deadline: AbortSignal): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      scope.removeEventListener('message', onMessage);
      deadline.removeEventListener('abort', onDeadline);
    };
    const onMessage = (event: Event) => {
      const { data, ports, source } = event as MessageEvent<unknown>;
      const port = ports?.[0];
      if (!port || ports.length !== 1 || !isOffer(data)) return;
      // Only the page that embeds the frame may offer; outside a window there is none.
      if ('parent' in scope && source !== scope.parent) return;
      stop();
      resolve(port);
    };
    const onDeadline = () => {
      stop();
      reject(timedOut());
    };
    scope.addEventListener('message', onMessage);
    deadline.addEventListener('abort', onDeadline);
  });
}

function isOffer(data: unknown): boolean {
  const offer = data as { alcove?: unknown; type?: unknown } | null;
  return typeof offer === 'object' && offer?.alcove === 1 && offer.type === 'port';
}

interface Greeted {
  lifecycle: Lifecycle;
  channel: Channel;
}

function greet(port: MessagePort, deadline: AbortSignal): Promise<Greeted> {
  return new Promise((resolve, reject) => {
    let lifecycle: Lifecycle | undefined;
    const channel = new Channel(port, (message) => {
      if (lifecycle) {
        lifecycle.receive(message);
        return;
      }
      if (message.type !== 'welcome') return;
      try {
        lifecycle = new Lifecycle(parseContext(message.context));
        lifecycle.attach(channel);
        resolve({ lifecycle, channel });
      } catch (error) {
        channel.end();
        reject(error as AlcoveError);
      }
    });
    deadline.addEventListener('abort', () => {
      if (lifecycle) return;
      channel.end();
      reject(timedOut());
    });
    channel.tell({ type: 'hello', sdk: SDK_VERSION });
  });
}

function timedOut(): AlcoveError {
  return new AlcoveError('handshake.timeout', 'no vault answered; this page works only inside Alcove');
}
