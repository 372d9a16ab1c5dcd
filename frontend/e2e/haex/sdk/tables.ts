// What the app keeps for itself: tables and values.
import { describe, expect, it } from 'vitest';
import { code, event, found, name, sdk, served } from './fixture';

describe('the database', () => {
  it('takes migrations, once', async () => {
    const migrations = [
      { name: '0001_more', sql: `ALTER TABLE ${name('notes')} ADD more text;` },
      {
        name: '0000_first',
        sql: `CREATE TABLE ${name('notes')} (id text PRIMARY KEY NOT NULL, body text NOT NULL, n integer, data blob);--> statement-breakpoint\nCREATE INDEX ${name('notes_n')} ON ${name('notes')} (n);`,
      },
    ];
    expect(await sdk.registerMigrationsAsync('1.0.0', migrations)).toEqual({
      appliedCount: 2,
      alreadyAppliedCount: 0,
      appliedMigrations: ['0000_first', '0001_more'],
    });
    expect(await sdk.database.registerMigrationsAsync('1.0.1', migrations)).toEqual({
      appliedCount: 0,
      alreadyAppliedCount: 2,
      appliedMigrations: [],
    });
    expect(await code(sdk.registerMigrationsAsync('2', [{ name: '0000_first', sql: 'SELECT 1' }]))).toBe(
      2000,
    );
  });

  it('reads and writes by the client’s functions', async () => {
    const did = await sdk.execute(`INSERT INTO ${name('notes')} (id, body, n, data) VALUES (?, ?, ?, ?)`, [
      'a',
      'x  y',
      true,
      new Uint8Array([1, 2]),
    ]);
    expect(did).toEqual({ rowsAffected: 1, lastInsertId: 1 });
    const all = `SELECT id, body, n, data, more FROM ${name('notes')}`;
    expect(await sdk.query(all)).toEqual([['a', 'x  y', 1, 'AQI=', null]]);
    expect(await sdk.select(`${all} WHERE id = ?`, ['b'])).toEqual([]);
    expect(await sdk.execute(`UPDATE ${name('notes')} SET more = ?`, [{ k: [1] }])).toMatchObject({
      rowsAffected: 1,
    });
    expect(await sdk.query(`SELECT more FROM ${name('notes')}`)).toEqual([['{"k":[1]}']]);
    expect(await code(sdk.query('SELECT * FROM nowhere'))).toBe(2000);
    expect(await code(sdk.query('SELECT * FROM sqlite_master'))).toBe(2000);
  });

  it('reads and writes by the functions of database', async () => {
    const { database } = sdk;
    const table = name('notes');
    expect(await database.insert(table, { id: 'b', body: 'two', n: 2.5 })).toBe(2);
    expect(await database.update(table, { body: 'new' }, 'id = ?', ['b'])).toBe(1);
    expect(await database.query(`SELECT body, n FROM ${table} WHERE id = ?`, ['b'])).toEqual([['new', 2.5]]);
    expect(await database.queryOne(`SELECT id FROM ${table} ORDER BY id`)).toEqual(['a']);
    expect(await database.execute(`DELETE FROM ${table} WHERE id = 'none' RETURNING id`)).toMatchObject({
      rows: [],
      rowsAffected: 0,
    });
    await database.transaction([
      { sql: `INSERT INTO ${table} (id, body) VALUES (?, ?)`, params: ['c', 'three'] },
      { sql: `UPDATE ${table} SET body = 'four' WHERE id = 'c'` },
    ]);
    expect(
      await code(
        database.transaction([
          { sql: `DELETE FROM ${table}` },
          { sql: `INSERT INTO ${table} (id) VALUES (1)` },
        ]),
      ),
    ).toBe(2000);
    expect(await database.query(`SELECT id, body FROM ${table} ORDER BY id`)).toEqual([
      ['a', 'x  y'],
      ['b', 'new'],
      ['c', 'four'],
    ]);
    expect(await database.delete(table, 'id = ?', ['c'])).toBe(1);
    // count reads a name, and rows are lists in every host: the SDK's own fault.
    expect(await database.count(table)).toBe(0);
    expect(await code(database.createTable(name('made'), 'id text primary key'))).toBe(2000);
    expect(await code(database.dropTable(table))).toBe(2000);
  });

  it('serves the ORM', async () => {
    const { sqliteTable, text, integer } = await import('drizzle-orm/sqlite-core');
    const { eq } = await import('drizzle-orm');
    const notes = sqliteTable(name('notes').slice(1, -1), {
      id: text('id').primaryKey(),
      body: text('body'),
      n: integer('n'),
    });
    const orm = sdk.initializeDatabase({ notes });
    await orm.insert(notes).values({ id: 'd', body: 'orm', n: 4 });
    expect(await orm.insert(notes).values({ id: 'e', body: 'r', n: 5 }).returning()).toEqual([
      { id: 'e', body: 'r', n: 5 },
    ]);
    // get gives the row as a list in every host: the SDK's own fault.
    expect(await orm.insert(notes).values({ id: 'f', body: 'g', n: 6 }).returning().get()).toMatchObject({
      id: ['f', 'g', 6],
    });
    expect(await orm.select().from(notes).where(eq(notes.id, 'd'))).toEqual([{ id: 'd', body: 'orm', n: 4 }]);
    expect(await orm.select().from(notes).where(eq(notes.id, 'd')).get()).toMatchObject({
      id: ['d', 'orm', 4],
    });
    expect(await orm.select({ n: notes.n }).from(notes).where(eq(notes.id, 'd')).values()).toEqual([[4]]);
    expect(await orm.query.notes?.findMany({ where: eq(notes.id, 'e') })).toEqual([
      { id: 'e', body: 'r', n: 5 },
    ]);
    await orm.update(notes).set({ n: 7 }).where(eq(notes.id, 'd'));
    await orm.delete(notes).where(eq(notes.id, 'e'));
    expect(await orm.select({ id: notes.id, n: notes.n }).from(notes).where(eq(notes.n, 7))).toEqual([
      { id: 'd', n: 7 },
    ]);
  });

  it('says which tables another device has changed', async () => {
    const mine = name('notes').slice(1, -1);
    await served.tell('/changed', [mine, 'alcove_kv', `${'0'.repeat(64)}__other__x`]);
    await event('haextension:sync:tables-updated');
    expect(found('haextension:sync:tables-updated').at(-1)).toMatchObject({ data: { tables: [mine] } });
  });
});

it('stores values', async () => {
  const { storage } = sdk;
  expect(await storage.getItem('k')).toBeNull();
  await storage.setItem('k', 'v');
  await storage.setItem('l', '');
  expect([await storage.getItem('k'), await storage.getItem('l')]).toEqual(['v', '']);
  expect(await storage.keys()).toEqual(['k', 'l']);
  await storage.removeItem('k');
  expect(await storage.getItem('k')).toBeNull();
  await storage.clear();
  expect(await storage.keys()).toEqual([]);
});
