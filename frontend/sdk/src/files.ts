import type { Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { createFile, writeAll } from './filewriter.ts';
import type { FileWriter } from './filewriter.ts';
import { closeHandle, readHandle } from './handle.ts';
import type { FileContent, FileInfo, Pick, PickOptions, Progress, WriteOptions } from './filetypes.ts';
import { infoOf, listOf } from './filetypes.ts';
import type { Lifecycle } from './lifecycle.ts';
import { isMap } from './wire.ts';

/** What can be said about any longer work on files. */
export interface WorkOptions {
  /** Gives the work up. What is half done is undone, except for a deletion. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What has changed below a watched path since the last time. */
export interface FileChanges {
  readonly changes: readonly { readonly path: string; readonly what: 'created' | 'changed' | 'removed' }[];
  /** More has happened than is told here: look at the whole folder again. */
  readonly lost: boolean;
}

/**
 * Files of this computer, as far as the manifest declares them and the person allows it, and what
 * the person picks. Paths begin with a known folder, `{documents}/Reports/a.md`, or with something
 * picked, `{picked-0123456789abcdef}/a.md`. Every path that comes back is the canonical one.
 *
 * @throws {@link AlcoveError} `permission.*`, `files.*` (`files.not_found`, `files.exists`,
 * `files.changed`, `files.outside`, `files.protected`, `files.too_large`, `files.no_space`, …)
 */
export interface Files {
  stat(path: string): Promise<FileInfo>;
  /** What is in a folder, as it is looked at; `recursive` goes into folders, `depth` levels deep. */
  list(path: string, options?: { recursive?: boolean; depth?: number }): AsyncIterable<FileInfo>;
  /** A file of at most 32 MiB, or a part of one. */
  read(
    path: string,
    options?: { offset?: number; length?: number; signal?: AbortSignal },
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** The same as text in UTF-8. */
  readText(path: string): Promise<string>;
  /** A file of any size, in pieces. Read the stream to its end or cancel it. */
  open(
    path: string,
    options?: WorkOptions & { offset?: number },
  ): Promise<{ info: FileInfo; stream: ReadableStream<Uint8Array<ArrayBuffer>> }>;
  /**
   * Writes a whole file, of any size: it is there completely, or what was there stays. Replaces
   * what is there unless `exclusive`; with `ifVersion` only if that is still the version it has.
   */
  write(path: string, content: FileContent, options?: WriteOptions & WorkOptions): Promise<FileInfo>;
  /** Begins to write a file piece by piece; it is there once {@link FileWriter.commit} is done. */
  create(path: string, options?: WriteOptions): Promise<FileWriter>;
  /** With `parents`, also the folders above, and one that is there already is fine. */
  makeFolder(path: string, options?: { parents?: boolean }): Promise<FileInfo>;
  /** Files and folders; `replace` lets a file take the place of a file. */
  move(from: string, to: string, options?: WorkOptions & { replace?: boolean }): Promise<FileInfo>;
  copy(from: string, to: string, options?: WorkOptions & { replace?: boolean }): Promise<FileInfo>;
  /** For good; a folder that is not empty only with `recursive`. */
  delete(path: string, options?: WorkOptions & { recursive?: boolean }): Promise<void>;
  /** Waits for changes again and again, until `signal` fires, the loop ends or the place is gone. */
  watch(path: string, options?: { recursive?: boolean; signal?: AbortSignal }): AsyncIterable<FileChanges>;
  /** Lets the person pick one file; `undefined` if they close the dialog. Picking is the grant. */
  pickFile(options?: PickOptions): Promise<Pick | undefined>;
  pickFiles(options?: PickOptions): Promise<Pick[]>;
  /** Everything in the folder is picked with it. */
  pickFolder(options?: Omit<PickOptions, 'extensions'>): Promise<Pick | undefined>;
  /** Where to save; the file need not be there yet. */
  pickSave(options?: Omit<PickOptions, 'writable'> & { suggestedName?: string }): Promise<Pick | undefined>;
  /** What was picked since the app was opened, and what is remembered. */
  picked(): Promise<Pick[]>;
  /** Gives something picked back. */
  forget(path: string): Promise<void>;
}

export function files(channel: Channel, lifecycle: Lifecycle): Files {
  const info = async (method: string, params: object) => infoOf(await channel.call(method, params));
  const work = worker(channel, lifecycle);
  const pick = async (kind: string, options: object): Promise<Pick[]> =>
    listOf<Pick>(await channel.call('files.pick', { kind, ...options }, { timeout: 0 }), 'picks');
  const read: Files['read'] = async (path, { offset, length, signal } = {}) => {
    const reply = await channel.call('files.read', { path, offset, length }, { signal, timeout: 0 });
    if (!isMap(reply) || !(reply.data instanceof Uint8Array)) throw malformed('files.read');
    return new Uint8Array(reply.data);
  };
  return Object.freeze<Files>({
    stat: (path) => info('files.stat', { path }),
    list: (path, options = {}) => listing(channel, path, options),
    read,
    readText: async (path) => new TextDecoder().decode(await read(path)),
    open: (path, options = {}) => open(channel, path, options),
    write: (path, content, options = {}) => writeAll(channel, path, content, options),
    create: (path, options = {}) => createFile(channel, path, options),
    makeFolder: (path, { parents } = {}) => info('files.makeFolder', { path, parents }),
    move: async (from, to, { replace, ...options } = {}) =>
      infoOf(await work('files.move', { from, to, replace }, options)),
    copy: async (from, to, { replace, ...options } = {}) =>
      infoOf(await work('files.copy', { from, to, replace }, options)),
    delete: async (path, { recursive, ...options } = {}) => {
      await work('files.delete', { path, recursive }, options);
    },
    watch: (path, options = {}) => watching(channel, path, options),
    pickFile: async (options = {}) => (await pick('file', options))[0],
    pickFiles: (options = {}) => pick('file', { ...options, multiple: true }),
    pickFolder: async (options = {}) => (await pick('folder', options))[0],
    pickSave: async (options = {}) => (await pick('save', options))[0],
    picked: async () => listOf<Pick>(await channel.call('files.picked', {}), 'picks'),
    forget: async (path) => {
      await channel.call('files.forget', { path });
    },
  });
}

async function* listing(
  channel: Channel,
  path: string,
  { recursive, depth }: { recursive?: boolean; depth?: number },
): AsyncGenerator<FileInfo> {
  let after: string | undefined;
  do {
    const page: unknown = await channel.call('files.list', { path, recursive, depth, after });
    yield* listOf<unknown>(page, 'entries').map(infoOf);
    after = isMap(page) && typeof page.next === 'string' && page.next !== '' ? page.next : undefined;
  } while (after !== undefined);
}

async function open(channel: Channel, path: string, options: WorkOptions & { offset?: number }) {
  const { offset, signal, onProgress } = options;
  const give = (reply: unknown) => {
    if (isMap(reply) && typeof reply.handle === 'number') closeHandle(channel, reply.handle);
  };
  const reply = await channel.call('files.open', { path, offset }, { signal }, give);
  if (!isMap(reply) || typeof reply.handle !== 'number') throw malformed('files.open');
  const handle = reply.handle;
  const info = infoOf(reply.info);
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          signal?.throwIfAborted();
          const { data, done, meta } = await readHandle(channel, handle);
          signal?.throwIfAborted();
          if (data.length > 0) controller.enqueue(data);
          onProgress?.({ files: done ? 1 : 0, bytes: Number(meta.at), total: Number(meta.size) });
          if (!done) return;
          closeHandle(channel, handle);
          controller.close();
        } catch (error) {
          closeHandle(channel, handle);
          throw error;
        }
      },
      cancel() {
        closeHandle(channel, handle);
      },
    },
    { highWaterMark: 0 },
  );
  return { info, stream };
}

async function* watching(
  channel: Channel,
  path: string,
  { recursive, signal }: { recursive?: boolean; signal?: AbortSignal },
): AsyncGenerator<FileChanges> {
  const reply = await channel.call('files.watch', { path, recursive }, { signal });
  if (!isMap(reply) || typeof reply.handle !== 'number') throw malformed('files.watch');
  const handle = reply.handle;
  // Closing the handle ends the read that waits.
  const stop = () => {
    closeHandle(channel, handle);
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const { done, meta } = await readHandle(channel, handle);
      if (signal?.aborted) return;
      const changes = listOf<FileChanges['changes'][number]>(meta, 'changes');
      if (changes.length > 0 || meta.lost === true) yield { changes, lost: meta.lost === true };
      if (done) return;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

/** Calls that tell how far they are, by a number of the extension's own. */
function worker(channel: Channel, lifecycle: Lifecycle) {
  let last = 0;
  return async (method: string, params: object, { signal, onProgress }: WorkOptions): Promise<unknown> => {
    if (!onProgress) return channel.call(method, params, { signal, timeout: 0 });
    const number = ++last;
    const stop = lifecycle.on('files.progress', (data) => {
      if (!isMap(data) || Number(data.number) !== number) return;
      onProgress({ files: Number(data.files), bytes: Number(data.bytes), total: Number(data.total) });
    });
    try {
      return await channel.call(method, { ...params, progress: number }, { signal, timeout: 0 });
    } finally {
      stop();
    }
  };
}

function malformed(method: string): AlcoveError {
  return new AlcoveError('reply.malformed', `the host did not answer ${method}`);
}
