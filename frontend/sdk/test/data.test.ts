import { describe, expect, expectTypeOf, it } from 'vitest';
import { AlcoveError, Statement, sql } from '../src/index.ts';
import type { Bindable } from '../src/index.ts';
import { CONTEXT, connected } from './fakehost.ts';

/** A host that gives the parameters back as one row. */
const echo = (request: { params: Record<string, unknown> }) => {
  const values = request.params.params as unknown[];
  return { columns: values.map((_, i) => `c${String(i)}`), rows: [values] };
};

describe('values', () => {
  it.each<[string, Bindable]>([
    ['null', null],
    ['zero', 0],
    ['a negative', -1],
    ['32 bits and one', 4_294_967_296],
    ['the last safe integer', Number.MAX_SAFE_INTEGER],
    ['the first safe integer', Number.MIN_SAFE_INTEGER],
    ['the first unsafe one', 9_007_199_254_740_992n],
    ['the largest', 9_223_372_036_854_775_807n],
    ['the smallest', -9_223_372_036_854_775_808n],
    ['a fraction', 0.1],
    ['a large fraction', 1e300],
    ['infinity', -Infinity],
    ['empty text', ''],
    ['text', 'naïve 🗝 \u0000 text'],
    ['bytes', new Uint8Array([0, 255, 7])],
    ['no bytes', new Uint8Array()],
  ])('%s comes back as it went', async (_name, value) => {
    const { vault } = await connected(echo);
    const back = await vault.db.first<{ c0: unknown }>('SELECT ?', [value]);
    expect(back?.c0).toStrictEqual(value);
  });

  it('a bigint a number can hold comes back as a number', async () => {
    const { vault } = await connected(echo);
    expect(await vault.db.first('SELECT ?, ?', [5n, -5n])).toEqual({ c0: 5, c1: -5 });
  });

  it('a buffer and a view arrive as their bytes, and blobs own theirs', async () => {
    const { vault } = await connected(echo);
    const view = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
    const row = await vault.db.first<{ c0: Uint8Array; c1: Uint8Array }>('SELECT ?, ?', [
      view,
      view.slice().buffer,
    ]);
    expect(row).toEqual({ c0: new Uint8Array([1, 2]), c1: new Uint8Array([1, 2]) });
    expect(row?.c0.buffer.byteLength).toBe(2);
  });

  it('half an emoji becomes a replacement character, not broken UTF-8', async () => {
    const { vault } = await connected(echo);
    expect(await vault.db.first('SELECT ?', ['a\ud83d'])).toEqual({ c0: 'a\ufffd' });
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['a date', new Date()],
    ['an object', {}],
    ['a list', [1]],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['NaN', NaN],
    ['a bigint of 65 bits', 2n ** 63n],
  ])('refuses %s as a parameter and sends nothing', async (_name, value) => {
    const { host, vault } = await connected(echo);
    const failure = (async () => vault.db.query('SELECT ?', [value as Bindable]))();
    await expect(failure).rejects.toMatchObject({ code: 'request.malformed' });
    expect(host.requests).toHaveLength(0);
  });

  it('kv keeps nested values and drops undefined properties', async () => {
    const store = new Map<unknown, unknown>();
    const { vault } = await connected(({ method, params }) => {
      if (method === 'kv.set') return (void store.set(params.key, params.value), {});
      return { found: store.has(params.key), value: store.get(params.key) };
    });
    const value = {
      a: [1, null, 'x', { deep: 2n ** 60n }],
      b: new Uint8Array([1]),
      gone: undefined,
    };
    await vault.kv.set('k', value);
    expect(await vault.kv.get('k')).toStrictEqual({ a: value.a, b: value.b });
    expect(await vault.kv.get('other')).toBeUndefined();
  });

  it('kv refuses what contains itself, and class instances', async () => {
    const { vault } = await connected();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    await expect(vault.kv.set('k', loop as never)).rejects.toMatchObject({
      code: 'request.malformed',
    });
    await expect(vault.kv.set('k', new Map() as never)).rejects.toThrow(/Map/);
    await expect(vault.kv.set('k', undefined as never)).rejects.toThrow(/kv.delete/);
  });
});

describe('statements', () => {
  it('binds values and spells out own tables', async () => {
    const { vault } = await connected();
    const notes = vault.table('notes');
    expect(String(notes)).toBe(`"${CONTEXT.prefix}notes"`);
    const evil = `'; DROP TABLE x; --`;
    const s = sql`SELECT * FROM ${notes} WHERE a = ${evil} AND b IN ${sql.list([1, 2])} AND ${sql`c = ${null}`}`;
    expect(s.sql).toBe(`SELECT * FROM ${String(notes)} WHERE a = ? AND b IN (?, ?) AND c = ?`);
    expect(s.params).toEqual([evil, 1, 2, null]);
    expect(sql`x IN ${sql.list([])}`.sql).toBe('x IN (NULL)');
  });

  it.each(['', 'Notes', 'a__b', 'a"b', '1a', 'a'.repeat(64), 'a b'])(
    'refuses the table name %j',
    async (name) => {
      const { vault } = await connected();
      expect(() => vault.table(name)).toThrow(AlcoveError);
    },
  );

  it('refuses undefined inside a template', () => {
    expect(() => sql`SELECT ${undefined as never}`).toThrow(/parameter 1 is undefined/);
  });

  it('takes text with parameters or a statement, not both', async () => {
    const { host, vault } = await connected(() => ({ columns: [], rows: [] }));
    await vault.db.query('SELECT ?', [1], { timeout: 50 });
    await vault.db.query(sql`SELECT ${1}`, { timeout: 50 });
    expect(host.requests.map((r) => r.params)).toEqual([
      { sql: 'SELECT ?', params: [1] },
      { sql: 'SELECT ?', params: [1] },
    ]);
    const both = (async () => vault.db.query(new Statement('x') as never, [1]))();
    await expect(both).rejects.toMatchObject({ code: 'request.malformed' });
  });

  it('sends a transaction as one call and types its results', async () => {
    const { host, vault } = await connected(() => ({
      results: [
        { rowsAffected: 1, lastInsertId: 2n ** 60n },
        { rowsAffected: 1n, lastInsertId: 4, columns: ['id'], rows: [['x']] },
      ],
    }));
    const results = await vault.db.transaction([sql`INSERT ${1}`, 'DELETE']);
    expect(host.requests[0]?.params).toEqual({
      statements: [
        { sql: 'INSERT ?', params: [1] },
        { sql: 'DELETE', params: [] },
      ],
    });
    expect(results).toEqual([
      { rowsAffected: 1, lastInsertId: 2n ** 60n, rows: [] },
      { rowsAffected: 1, lastInsertId: 4, rows: [{ id: 'x' }] },
    ]);
  });

  it('names a column __proto__ without touching the prototype', async () => {
    const { vault } = await connected(() => ({ columns: ['__proto__', 'a'], rows: [['x', 1]] }));
    const row = await vault.db.first('SELECT');
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.keys(row ?? {})).toEqual(['__proto__', 'a']);
  });

  it('gives typed rows', async () => {
    const { vault } = await connected(() => ({ columns: ['id'], rows: [] }));
    const rows = await vault.db.query<{ id: string }>('SELECT id');
    expectTypeOf(rows).toEqualTypeOf<{ id: string }[]>();
    expect(rows).toEqual([]);
  });

  it('runs migrations and lists keys', async () => {
    const { host, vault } = await connected(({ method }) =>
      method === 'db.migrate' ? { applied: ['0001'] } : { keys: ['a', 'b'], deleted: true },
    );
    expect(await vault.db.migrate([{ name: '0001', sql: 'CREATE TABLE' }])).toEqual(['0001']);
    expect(await vault.kv.list({ prefix: 'a' })).toEqual(['a', 'b']);
    expect(await vault.kv.delete('a')).toBe(true);
    expect(host.requests.map((r) => r.method)).toEqual(['db.migrate', 'kv.list', 'kv.delete']);
  });
});
