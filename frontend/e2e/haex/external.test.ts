// The key agreement of other programs, by WebCrypto, on the vectors that Go has too.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Form, idOf, open, readPrivate } from '../lib/external';
import { repo } from '../lib/paths';

interface Vector {
  name: Form;
  private: string;
  public: string;
  oncePublic: string;
  id: string;
  iv: string;
  text: string;
  message: string;
}

it('opens what the vectors have sealed', async () => {
  const file = await readFile(join(repo, 'internal/external/testdata/agreement.json'), 'utf8');
  const vectors = JSON.parse(file) as Vector[];
  expect(vectors.map((v) => v.name)).toEqual(['raw X25519', 'SPKI P-256', 'SPKI X25519']);
  for (const v of vectors) {
    const own = await readPrivate(v.name, v.private);
    expect(await open(v.name, own, { message: v.message, iv: v.iv, publicKey: v.oncePublic })).toBe(v.text);
    expect(await idOf(Buffer.from(v.public, 'base64'))).toBe(v.id);
  }
});
