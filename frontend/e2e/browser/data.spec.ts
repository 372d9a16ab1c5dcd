// An extension's tables and values through the whole way: SDK, port, host page,
// Go, encrypted database, and back.
import type { Frame } from '@playwright/test';
import { probe } from '../lib/packages';
import { expect, test } from '../lib/test';
import type { SqlTag, Vault } from '../../sdk/src/index';

declare const vault: Vault;
declare const sql: SqlTag;

let frame: Frame;

test.beforeEach(async ({ home, host, page }) => {
  await home.makeVault([await probe(home)]);
  const server = await home.serve({ unlocked: true });
  await host.open(server.url);
  await host.atHome();
  await host.openApp('Probe');
  const found = page.frames().find((f) => f.url().includes('/_ext/'));
  if (!found) throw new Error('no frame');
  frame = found;
});

/** The code of the error that a call in the frame ends with. */
const codeOf = (work: () => unknown) =>
  frame.evaluate<string>(
    `(async () => (${work.toString()})())().then(() => 'no error', (e) => e.code ?? String(e))`,
  );

test('values keep their type', async () => {
  const wrong = await frame.evaluate(async () => {
    const values: [string, null | number | bigint | string | Uint8Array][] = [
      ['null', null],
      ['zero', 0],
      ['negative', -1],
      ['safe', Number.MAX_SAFE_INTEGER],
      ['unsafe', 9_007_199_254_740_993n],
      ['largest', 9_223_372_036_854_775_807n],
      ['smallest', -9_223_372_036_854_775_808n],
      ['fraction', 0.1],
      ['huge', 1e300],
      ['text', 'naïve 🗝 text'],
      ['empty', ''],
      ['bytes', new Uint8Array([0, 255, 7])],
      ['no bytes', new Uint8Array()],
    ];
    const things = vault.table('things');
    const bad: string[] = [];
    const show = (v: unknown) => (v instanceof Uint8Array ? `bytes ${v.join()}` : `${typeof v} ${String(v)}`);
    for (const [id, value] of values) {
      await vault.db.execute(sql`INSERT INTO ${things} (id, value) VALUES (${id}, ${value})`);
      const row = await vault.db.first<{ value: unknown }>(sql`SELECT value FROM ${things} WHERE id = ${id}`);
      if (show(row?.value) !== show(value)) bad.push(`${id}: ${show(value)} became ${show(row?.value)}`);
      await vault.kv.set(id, value);
      const kept = await vault.kv.get(id);
      if (show(kept) !== show(value)) bad.push(`kv ${id}: ${show(value)} became ${show(kept)}`);
    }
    return bad;
  });
  expect(wrong).toEqual([]);
});

test('a transaction is all or nothing, and RETURNING gives rows', async () => {
  const out = await frame.evaluate(async () => {
    const t = vault.table('things');
    const first = await vault.db.execute<{ id: string }>(
      sql`INSERT INTO ${t} (id, number) VALUES (${'a'}, ${1}) RETURNING id`,
    );
    const failed = await vault.db
      .transaction([sql`UPDATE ${t} SET number = 2`, sql`INSERT INTO ${t} (id) VALUES (${'a'})`])
      .catch((e: { code: string }) => e.code);
    const after = await vault.db.first(sql`SELECT number FROM ${t}`);
    const good = await vault.db.transaction([sql`UPDATE ${t} SET number = 3`, sql`DELETE FROM ${t}`]);
    return { first: first.rows, failed, after, good: good.map((g) => g.rowsAffected) };
  });
  expect(out).toEqual({ first: [{ id: 'a' }], failed: 'db.constraint', after: { number: 1 }, good: [1, 1] });
});

test('migrations run once each, and a changed text is refused', async () => {
  const run = () =>
    frame.evaluate(async () => {
      const text = `CREATE TABLE ${vault.table('more').toString()} (id TEXT PRIMARY KEY)`;
      return vault.db.migrate([{ name: 'more', sql: text }]);
    });
  expect(await run()).toEqual(['more']);
  expect(await run()).toEqual([]);
  expect(
    await codeOf(() =>
      vault.db.migrate([{ name: 'more', sql: `CREATE TABLE ${vault.table('other').toString()} (id TEXT)` }]),
    ),
  ).toBe('db.migration_changed');
});

test('nothing but its own tables can be reached', async () => {
  expect(await codeOf(() => vault.db.query('SELECT * FROM alcove_extension'))).toBe('db.denied');
  expect(await codeOf(() => vault.db.query('SELECT name FROM sqlite_schema'))).toBe('db.denied');
  expect(await codeOf(() => vault.db.execute('ATTACH DATABASE ? AS x', ['/tmp/x.db']))).toBe('db.denied');
  expect(await codeOf(() => vault.db.execute('PRAGMA journal_mode = DELETE'))).toBe('db.denied');
  expect(await codeOf(() => vault.db.execute('CREATE TABLE mine (a)'))).toBe('db.denied');
  expect(await codeOf(() => vault.db.query('SELECT 1; SELECT 2'))).toBe('db.several_statements');
  expect(await codeOf(() => vault.db.query('SELEC 1'))).toBe('db.syntax');
  expect(await codeOf(() => vault.db.query(`DELETE FROM ${vault.table('things').toString()}`))).toBe(
    'db.not_a_query',
  );
});

test('limits end what is too much, and nothing else', async () => {
  const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
  expect(
    await frame.evaluate(
      (e) => vault.db.query(`${e} SELECT i FROM n`).catch((x: { code: string }) => x.code),
      endless,
    ),
  ).toBe('quota.rows');
  expect(
    await frame.evaluate(
      (e) => vault.db.query(`${e} SELECT count(*) FROM n`).catch((x: { code: string }) => x.code),
      endless,
    ),
  ).toBe('quota.time');
  expect(await codeOf(() => vault.db.query(`SELECT '${'x'.repeat(200_000)}'`))).toBe('quota.statement');
  expect(await codeOf(() => vault.call('net.fetch', { url: 'https://example.com' }))).toBe(
    'permission.undeclared',
  );
  expect(await codeOf(() => vault.call('no.such.method'))).toBe('method.unknown');
  expect(await frame.evaluate(() => vault.db.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
});

test('keys are listed in order, page by page, and deleted once', async () => {
  const out = await frame.evaluate(async () => {
    for (let i = 0; i < 25; i++) await vault.kv.set(`k/${String(i).padStart(2, '0')}`, { i });
    const first = await vault.kv.list({ prefix: 'k/', limit: 20 });
    const rest = await vault.kv.list({ prefix: 'k/', after: first.at(-1) ?? '', limit: 20 });
    const gone = [await vault.kv.delete('k/03'), await vault.kv.delete('k/03')];
    return {
      counts: [first.length, rest.length],
      last: rest.at(-1),
      gone,
      value: await vault.kv.get('k/07'),
    };
  });
  expect(out).toEqual({ counts: [20, 5], last: 'k/24', gone: [true, false], value: { i: 7 } });
});

test('two hundred calls at once are all answered', async () => {
  const sum = await frame.evaluate(async () => {
    const rows = await Promise.all(
      Array.from({ length: 200 }, (_, i) => vault.db.first<{ n: number }>('SELECT ? AS n', [i])),
    );
    return rows.reduce((total, row) => total + (row?.n ?? 0), 0);
  });
  expect(sum).toBe(19_900);
});
