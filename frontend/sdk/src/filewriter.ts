import type { Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import type { WorkOptions } from './files.ts';
import type { FileContent, FileInfo, WriteOptions } from './filetypes.ts';
import { infoOf } from './filetypes.ts';
import { closeHandle } from './handle.ts';
import { isMap } from './wire.ts';

/** A file that is being written. Nobody sees it before it is committed. */
export interface FileWriter {
  /** Resolves when the piece is taken; write the next one then. */
  write(piece: string | ArrayBuffer | ArrayBufferView): Promise<void>;
  /** Puts the file in its place, whole and durable. */
  commit(): Promise<FileInfo>;
  /** Gives it up; nothing is left of it. */
  abort(): void;
}

/** What one call carries of a stream. */
const PIECE = 256 * 1024;
/** Up to here a file is written in one call. */
const SMALL = 1024 * 1024;

export async function createFile(
  channel: Channel,
  path: string,
  { exclusive, ifVersion }: WriteOptions,
): Promise<FileWriter> {
  const reply = await channel.call('files.create', { path, exclusive, ifVersion });
  if (!isMap(reply) || typeof reply.handle !== 'number') {
    throw new AlcoveError('reply.malformed', 'the host did not answer files.create');
  }
  const handle = reply.handle;
  return Object.freeze({
    async write(piece: string | ArrayBuffer | ArrayBufferView) {
      for (const data of cut(bytesOf(piece))) {
        await channel.call('handle.write', { handle, data }, { timeout: 0 });
      }
    },
    async commit() {
      const end = await channel.call('handle.close', { handle }, { timeout: 0 });
      return infoOf(isMap(end) ? end.info : undefined);
    },
    abort() {
      closeHandle(channel, handle);
    },
  });
}

/** Writes a whole file: in one call where it is small, else piece by piece. */
export async function writeAll(
  channel: Channel,
  path: string,
  content: FileContent,
  options: WriteOptions & WorkOptions,
): Promise<FileInfo> {
  const { exclusive, ifVersion, signal, onProgress } = options;
  const whole = content instanceof Blob || content instanceof ReadableStream ? undefined : bytesOf(content);
  if (whole && whole.length <= SMALL) {
    const reply = await channel.call('files.write', { path, data: whole, exclusive, ifVersion }, { signal });
    onProgress?.({ files: 1, bytes: whole.length, total: whole.length });
    return infoOf(reply);
  }
  signal?.throwIfAborted();
  const total = whole?.length ?? (content instanceof Blob ? content.size : 0);
  const writer = await createFile(channel, path, options);
  let bytes = 0;
  try {
    for await (const piece of pieces(whole ?? content)) {
      signal?.throwIfAborted();
      await writer.write(piece);
      bytes += piece.length;
      onProgress?.({ files: 0, bytes, total });
    }
    signal?.throwIfAborted();
    const info = await writer.commit();
    onProgress?.({ files: 1, bytes, total });
    return info;
  } catch (error) {
    writer.abort();
    throw error;
  }
}

async function* pieces(content: FileContent): AsyncGenerator<Uint8Array> {
  if (content instanceof Blob || content instanceof ReadableStream) {
    const reader = (content instanceof Blob ? content.stream() : content).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield* cut(bytesOf(value));
      }
    } finally {
      reader.cancel().catch(() => undefined);
    }
  } else {
    yield* cut(bytesOf(content));
  }
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function bytesOf(piece: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof piece === 'string') return new TextEncoder().encode(piece);
  if (piece instanceof Uint8Array) return piece;
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  return new Uint8Array(piece);
}
