import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../examples/hello/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

describe('the hello example', () => {
  it('has every file its manifest and page name, and no inline script', () => {
    const manifest = JSON.parse(read('alcove.json')) as { entry: string; migrations: string[] };
    const page = read(manifest.entry);
    for (const file of manifest.migrations) expect(existsSync(new URL(file, folder))).toBe(true);
    for (const [, file] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      // The build puts the SDK there.
      if (file !== 'alcove-sdk.js') expect(existsSync(new URL(file ?? '', folder))).toBe(true);
    }
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=/);
  });

  it('reads the same in the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    for (const file of ['alcove.json', 'start.html', 'hello.js', 'migrations/0001_init.sql']) {
      expect(readme).toContain(read(file).trim());
    }
  });
});
