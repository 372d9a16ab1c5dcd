import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { duration } from '../src/lib/text/duration';
import { m, mn, size } from '../src/lib/text/messages';
import en from '../src/messages/en.json';

const source = join(import.meta.dirname, '../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(svelte|ts)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(source, name), 'utf8') }));
const keys = Object.keys(en);

/** A key counts as used where it stands as a string; a plural by its base. */
const used = (key: string) => {
  const base = key.replace(/\.(one|other)$/, '');
  return files.some(({ text }) => text.includes(`'${key}'`) || text.includes(`'${base}'`));
};

describe('messages', () => {
  it('are all used', () => {
    expect(keys.filter((key) => !used(key))).toEqual([]);
  });

  it('exist for every key that is looked up', () => {
    const asked = files.flatMap(({ name, text }) =>
      [...text.matchAll(/\b(mn?)\(\s*'([\w.]+)'/g)].map(([, kind, key]) => ({
        name,
        key: kind === 'mn' ? `${key}.other` : `${key}`,
      })),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter(({ key }) => !keys.includes(key))).toEqual([]);
  });

  it('have both forms where they have one', () => {
    const halves = keys.filter((key) => /\.(one|other)$/.test(key));
    const other = (key: string) =>
      key.endsWith('.one') ? key.replace(/one$/, 'other') : key.replace(/other$/, 'one');
    expect(halves.filter((key) => !keys.includes(other(key)))).toEqual([]);
  });

  it('leave no text of the interface outside the file', () => {
    const loose = files
      .filter(({ name }) => name.endsWith('.svelte'))
      .flatMap(({ name, text }) => {
        const markup = text.replace(/<script[\s\S]*?<\/script>/g, '').replace(/<!--[\s\S]*?-->/g, '');
        return [...markup.matchAll(/(?:aria-label|placeholder|title|alt)="([A-Za-z][^"{]*)"/g)].map(
          ([, words]) => `${name}: ${words}`,
        );
      });
    expect(loose).toEqual([]);
  });

  it('replace names and choose the form', () => {
    expect(m('app.version', { version: '1.2.0' })).toBe('Version 1.2.0');
    expect(mn('review.files', 1, { size: '1 KB' })).toBe('1 file, 1 KB');
    expect(mn('review.files', 1200, { size: '1 KB' })).toBe('1,200 files, 1 KB');
  });
});

describe('sizes and times', () => {
  it('are short', () => {
    expect([0, 999, 1000, 214_000, 5_250_000].map(size)).toEqual([
      '0 B',
      '999 B',
      '1.0 KB',
      '214 KB',
      '5.3 MB',
    ]);
    expect([0.2, 45, 7_200, 3e7 * 3, 1e18].map(duration)).toEqual([
      'less than a second',
      '45 seconds',
      '2 hours',
      '3 years',
      '32 billion years',
    ]);
  });
});
