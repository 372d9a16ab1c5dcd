// Signs packages of both formats.
import { createHash, createPrivateKey, createPublicKey, sign as ed25519, type KeyObject } from 'node:crypto';
import { canonical, sorted, type Json } from './json.js';
import type { Entry } from './zip.js';

export const manifestPath = 'haextension/manifest.json';
export const signaturePath = 'haextension/signature.json';
export const format2 = 'haextension-bundle/2';

export interface Key {
  secret: KeyObject;
  public: string;
}

/** The key whose seed is one byte 32 times. It is public and signs nothing real. */
export function testKey(seed: number): Key {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
  return { secret, public: spki.subarray(-32).toString('hex') };
}

export const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();
export const sign = (message: Uint8Array, key: Key): string =>
  ed25519(null, message, key.secret).toString('hex');

export type Files = Record<string, Buffer | string>;
export type Manifest = { [key: string]: Json };

const bytes = (data: Buffer | string): Buffer => (typeof data === 'string' ? Buffer.from(data) : data);

/** The manifest as the signer of format 1 hashes it. */
export function signedForm(manifest: Manifest): Buffer {
  return Buffer.from(JSON.stringify(sorted({ ...manifest, signature: '' }), null, 2));
}

/** Format 1: the signature over all contents, in the order of the paths, goes into the manifest. */
export function sign1(manifest: Manifest, files: Files, key: Key): Entry[] {
  const hashed: Record<string, Buffer> = { [manifestPath]: signedForm(manifest) };
  for (const [path, data] of Object.entries(files)) hashed[path] = bytes(data);
  const order = Object.keys(hashed).sort();
  const hash = sha256(Buffer.concat(order.map((path) => hashed[path] ?? Buffer.alloc(0))));
  const signed = { ...manifest, signature: sign(hash, key) };
  const text = Buffer.from(JSON.stringify(signed, null, 2));
  return order.map((path) => ({ path, data: path === manifestPath ? text : (hashed[path] ?? text) }));
}

export interface Statement {
  files: { path: string; sha256: string; size: number }[];
  format: string;
  publicKey: string;
  signature?: string;
  [key: string]: Json | undefined;
}

export interface Steps {
  /** Bytes of the manifest instead of its canonical form. */
  manifest?: (text: string) => string;
  statement?: (s: Statement) => void;
  sign?: (message: Buffer) => string;
  signed?: (s: Statement) => void;
  signature?: (text: string) => string;
}

/** Format 2: a signed list of all other files. */
export function sign2(manifest: Manifest, files: Files, key: Key, steps: Steps = {}): Entry[] {
  const all: Record<string, Buffer> = {};
  for (const [path, data] of Object.entries(files)) all[path] = bytes(data);
  all[manifestPath] = Buffer.from((steps.manifest ?? String)(canonical(manifest)));
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const s: Statement = {
    files: Object.keys(all)
      .sort(byBytes)
      .map((path) => {
        const data = all[path] ?? Buffer.alloc(0);
        return { path, sha256: sha256(data).toString('hex'), size: data.length };
      }),
    format: format2,
    publicKey: key.public,
  };
  steps.statement?.(s);
  const message = Buffer.from(`${format2}\n${canonical(s as Json)}`);
  s.signature = (steps.sign ?? ((m) => sign(m, key)))(message);
  steps.signed?.(s);
  all[signaturePath] = Buffer.from((steps.signature ?? String)(canonical(s as Json)));
  return Object.keys(all)
    .sort(byBytes)
    .map((path) => ({ path, data: all[path] ?? Buffer.alloc(0), mode: 0o100644, flags: 1 << 11 }));
}
