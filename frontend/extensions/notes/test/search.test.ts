import { describe, expect, it } from 'vitest';
import { newId } from '../src/data/ids.ts';
import { SearchIndex, fold, mark } from '../src/state/search.ts';
import { lines, treeOf, within } from '../src/state/tree.ts';

describe('search', () => {
  it('keeps the length of every text it folds', () => {
    for (const text of ['Ünïcode', 'İstanbul', 'ﬁne', '🗝️ key', 'Straße', 'ΌΣΟΣ', 'Å', 'か゚']) {
      expect(fold(text)).toHaveLength(text.length);
    }
    expect(fold('Café GRAÇA')).toBe('cafe graca');
  });

  it('finds every word in title or text, whatever its case and accents', () => {
    const index = new SearchIndex();
    index.put('1', 'Lisbon trip', 'the flat near Graça');
    index.put('2', 'Flat', 'tyre');
    index.put('3', 'Other', 'nothing');
    const ids = ['1', '2', '3'];
    expect(index.search('FLAT', ids).map((h) => h.id)).toEqual(['2', '1']);
    expect(index.search('graca lisbon', ids).map((h) => h.id)).toEqual(['1']);
    expect(index.search('graca tyre', ids)).toEqual([]);
    expect(index.search('  ', ids)).toEqual([]);
    index.delete('1');
    expect(index.search('graca', ids)).toEqual([]);
  });

  it('marks what was found, overlapping or not, and loses no text', () => {
    const pieces = mark('banana bread', 'banana bread', ['ana', 'nan', 'br']);
    expect(pieces.map((p) => p.text).join('')).toBe('banana bread');
    expect(
      pieces
        .filter((p) => p.hit)
        .map((p) => p.text)
        .join('|'),
    ).toBe('ana|n|br');
    const index = new SearchIndex();
    index.put('1', '', `${'long '.repeat(50)}\nthe needle is here`);
    const [hit] = index.search('needle', ['1']);
    expect(hit?.snippet.filter((p) => p.hit)).toEqual([{ text: 'needle', hit: true }]);
    expect(hit?.snippet[0]?.text).toBe('…');
  });
});

describe('folders', () => {
  const folder = (id: string, parent: string | null, name = id) => ({
    id,
    parent,
    name,
    createdAt: 0,
  });

  it('nest, sort by name, and close', () => {
    const tree = treeOf(
      [folder('b', null), folder('a2', 'a', 'x10'), folder('a', null), folder('a1', 'a', 'x9')],
      'en',
    );
    expect(lines(tree, new Set()).map((b) => [b.folder.id, b.depth])).toEqual([
      ['a', 0],
      ['a1', 1],
      ['a2', 1],
      ['b', 0],
    ]);
    expect(lines(tree, new Set(['a'])).map((b) => b.folder.id)).toEqual(['a', 'b']);
    expect(within(tree, 'a').sort()).toEqual(['a', 'a1', 'a2']);
  });

  it('show every folder once, whatever a merge made of the parents', () => {
    const odd = [
      folder('a', 'b'),
      folder('b', 'a'),
      folder('c', 'c'),
      folder('d', 'gone'),
      folder('e', 'a'),
      folder('f', 'e'),
    ];
    const shown = lines(treeOf(odd, 'en'), new Set()).map((b) => b.folder.id);
    expect([...shown].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });
});

describe('ids', () => {
  it('are UUIDv7 in order of time', () => {
    const ids = [1, 1000, 1_700_000_000_000, 1_900_000_000_000].map((t) => newId(t));
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect([...ids].sort()).toEqual(ids);
    expect(newId(0x0123456789ab).startsWith('01234567-89ab-7')).toBe(true);
  });
});
