// Looks for plaintext of a vault where there must be none.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

export interface Hit {
  file: string;
  needle: string;
}

/** Searches names and contents of all files below the folders. */
export async function search(folders: string[], needles: Record<string, string | Buffer>): Promise<Hit[]> {
  const wanted = Object.entries(needles).flatMap(([needle, value]) => {
    const bytes = Buffer.from(value as string);
    const wide = typeof value === 'string' ? [Buffer.from(value, 'utf16le')] : [];
    return [bytes, ...wide].map((b) => ({ needle, bytes: b }));
  });
  const hits: Hit[] = [];
  for (const folder of folders) {
    for (const file of await files(folder)) {
      const name = Buffer.from(file.slice(folder.length));
      const data = await readFile(file).catch(() => Buffer.alloc(0));
      for (const { needle, bytes } of wanted)
        if (data.includes(bytes) || name.includes(bytes)) hits.push({ file, needle });
    }
  }
  return hits;
}

async function files(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const e of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, e.name);
    if (e.isDirectory()) found.push(...(await files(path)));
    else if (e.isFile() && (await stat(path).catch(() => null))) found.push(path);
  }
  return found;
}

/** The files of a package, read from its central directory. */
export async function unpack(path: string): Promise<Map<string, Buffer>> {
  const zip = await readFile(path);
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const out = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [nameLength, extra, comment] = [
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(from, from + zip.readUInt32LE(at + 20));
    out.set(name, zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data);
    at += 46 + nameLength + extra + comment;
  }
  return out;
}

/** What would betray a package: its own file names and a piece of every file's content. */
export async function traces(path: string): Promise<Record<string, string | Buffer>> {
  const needles: Record<string, string | Buffer> = {};
  for (const [name, data] of await unpack(path)) {
    needles[`name of ${name}`] = name;
    if (data.length >= 64)
      needles[`content of ${name}`] = Buffer.from(data.subarray(data.length >> 1, (data.length >> 1) + 32));
  }
  return needles;
}
