// Writes ZIP archives record by record, so that each record can be written wrong.
import { crc32 as zlibCrc32, deflateRawSync } from 'node:zlib';

/** CRC-32, which zlib has only in newer versions of Node. */
export const crc32: (data: Uint8Array) => number =
  zlibCrc32 ??
  ((data: Uint8Array): number => {
    let crc = -1;
    for (const byte of data) {
      crc ^= byte;
      for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
    }
    return ~crc >>> 0;
  });

export interface Entry {
  path: string;
  data: Buffer;
  /** 8 to deflate. */
  method?: 0 | 8 | undefined;
  /** Sizes and checksum after the contents, as archiver writes them. */
  streamed?: boolean;
  /** Unix mode; 0 if the archive says none. */
  mode?: number;
  flags?: number;
  /** What only the header before the contents says. */
  local?: { path?: string; crc?: number; size?: number };
  /** What only the directory says. */
  size?: number;
  /** What the descriptor after the contents says. */
  descriptor?: { crc?: number; size?: number };
}

const u16 = (n: number): Buffer => Buffer.from([n & 0xff, (n >> 8) & 0xff]);
const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(n >>> 0);
  return b;
};

const date = Buffer.concat([u16(0), u16(0x21)]);

/** An archive of these entries, in their order. */
export function zip(entries: Entry[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  const add = (...parts: Buffer[]): void => {
    for (const part of parts) {
      body.push(part);
      offset += part.length;
    }
  };
  for (const e of entries) {
    const start = offset;
    const path = Buffer.from(e.path);
    const localPath = Buffer.from(e.local?.path ?? e.path);
    const packed = e.method === 8 ? deflateRawSync(e.data, { level: 9 }) : e.data;
    const crc = crc32(e.data);
    const size = e.size ?? e.data.length;
    // eslint-disable-next-line no-control-regex
    const ascii = /^[\x00-\x7f]*$/.test(e.path);
    const flags = e.flags ?? (ascii ? 0 : 1 << 11) | (e.streamed ? 1 << 3 : 0);
    const method = u16(e.method ?? 0);
    const stated = e.streamed
      ? [u32(e.local?.crc ?? 0), u32(0), u32(e.local?.size ?? 0)]
      : [u32(e.local?.crc ?? crc), u32(packed.length), u32(e.local?.size ?? size)];
    add(Buffer.from('PK\x03\x04', 'latin1'), u16(20), u16(flags), method, date, ...stated);
    add(u16(localPath.length), u16(0), localPath, packed);
    if (e.streamed) {
      add(Buffer.from('PK\x07\x08', 'latin1'), u32(e.descriptor?.crc ?? crc), u32(packed.length));
      add(u32(e.descriptor?.size ?? size));
    }
    directory.push(
      Buffer.from('PK\x01\x02', 'latin1'),
      u16((3 << 8) | 45),
      u16(20),
      u16(flags),
      method,
      date,
      u32(crc),
      u32(packed.length),
      u32(size),
      u16(path.length),
      Buffer.alloc(8),
      u32((e.mode ?? 0) * 0x10000),
      u32(start),
      path,
    );
  }
  const listed = Buffer.concat(directory);
  const end = [
    u16(0),
    u16(0),
    u16(entries.length),
    u16(entries.length),
    u32(listed.length),
    u32(offset),
    u16(0),
  ];
  return Buffer.concat([...body, listed, Buffer.from('PK\x05\x06', 'latin1'), ...end]);
}
