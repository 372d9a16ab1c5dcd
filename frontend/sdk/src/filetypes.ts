import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** What is told of a file or folder. */
export interface FileInfo {
  /** The canonical path. */
  readonly path: string;
  readonly name: string;
  /** `link` and `other` occur in listings only. What a link leads to is judged when it is used. */
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Bytes of a file. */
  readonly size: number;
  readonly modified: Date;
  readonly readOnly: boolean;
  /** Another one after every change; see `ifVersion`. */
  readonly version: string;
}

/** How far work is. */
export interface Progress {
  readonly files: number;
  readonly bytes: number;
  /** 0 where it is not known. */
  readonly total: number;
}

/** What can be written. */
export type FileContent = string | ArrayBuffer | ArrayBufferView | Blob | ReadableStream<Uint8Array | string>;

export interface WriteOptions {
  /** Nothing may be there: `files.exists`. */
  exclusive?: boolean | undefined;
  /** The version the file has to have still: `files.changed`. */
  ifVersion?: string | undefined;
}

export interface PickOptions {
  /** Endings of the files that are offered, `["md", "txt"]`. */
  extensions?: string[];
  /** The app may change it, too. */
  writable?: boolean;
  /** Ask whether the app may come back to it after it was closed. The person decides. */
  remember?: boolean;
}

/** A file or folder that the person has picked. */
export interface Pick {
  /** `{picked-…}`: the path of the file, or of the folder that others are below. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly writable: boolean;
  /** It can be used after the app was closed. */
  readonly remembered: boolean;
}

export function infoOf(value: unknown): FileInfo {
  if (!isMap(value) || typeof value.path !== 'string' || typeof value.kind !== 'string') {
    throw new AlcoveError('reply.malformed', 'the host did not tell of a file');
  }
  return Object.freeze({
    path: value.path,
    name: String(value.name),
    kind: value.kind as FileInfo['kind'],
    size: Number(value.size),
    modified: new Date(Number(value.modified)),
    readOnly: value.readOnly === true,
    version: String(value.version),
  });
}

/** The list a reply has under a key. */
export function listOf<T>(reply: unknown, key: string): T[] {
  const list = isMap(reply) ? reply[key] : undefined;
  if (!Array.isArray(list)) throw new AlcoveError('reply.malformed', `the host did not answer with ${key}`);
  return list as T[];
}
