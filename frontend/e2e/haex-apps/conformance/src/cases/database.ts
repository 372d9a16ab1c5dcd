// Tables of its own, by each of the three ways that the SDK has to them.
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { eq } from 'drizzle-orm';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { code, nothing, type Case } from '../case';
import { publicKey } from '../given.json';

const bare = `${publicKey}__haex-conformance__notes`;
const table = `"${bare}"`;
const migrations = [
  { name: '0001_more', sql: `ALTER TABLE ${table} ADD more text;` },
  {
    name: '0000_first',
    sql: `CREATE TABLE ${table} (id text PRIMARY KEY NOT NULL, body text NOT NULL, n integer, data blob);--> statement-breakpoint\nCREATE INDEX "${bare}_n" ON ${table} (n);`,
  },
];
const notes = sqliteTable(bare, {
  id: text('id').primaryKey(),
  body: text('body'),
  n: integer('n'),
});
const orm = (s: HaexVaultSdk) => s.initializeDatabase({ notes });
const all = `SELECT id, body, n, data, more FROM ${table} ORDER BY id`;
const failed = (reason: string) => code(2000, reason);

export const database: Case[] = [
  {
    sdk: 'registerMigrationsAsync',
    what: 'runs by name',
    run: (s) => s.registerMigrationsAsync('1.0.0', migrations),
    expect: { appliedCount: 2, alreadyAppliedCount: 0, appliedMigrations: ['0000_first', '0001_more'] },
  },
  {
    sdk: 'database.registerMigrationsAsync',
    what: 'runs once',
    run: (s) => s.database.registerMigrationsAsync('1.0.1', migrations),
    expect: { appliedCount: 0, alreadyAppliedCount: 2, appliedMigrations: [] },
  },
  {
    sdk: 'registerMigrationsAsync',
    what: 'of another text',
    run: (s) => s.registerMigrationsAsync('1.0.2', [{ name: '0000_first', sql: 'SELECT 1' }]),
    expect: failed('db.migration_changed'),
  },

  {
    sdk: 'execute',
    what: 'of every kind of value',
    run: (s) =>
      s.execute(`INSERT INTO ${table} (id, body, n, data) VALUES (?, ?, ?, ?)`, [
        'a',
        'x  y',
        true,
        new Uint8Array([1, 2]),
      ]),
    expect: { rowsAffected: 1, lastInsertId: 1 },
  },
  { sdk: 'query', run: (s) => s.query(all), expect: [['a', 'x  y', 1, 'AQI=', null]] },
  { sdk: 'select', run: (s) => s.select(`SELECT id FROM ${table} WHERE id = ?`, ['b']), expect: [] },
  {
    sdk: 'execute',
    what: 'of an object',
    run: (s) =>
      s
        .execute(`UPDATE ${table} SET more = ?`, [{ k: [1] }])
        .then(() => s.query(`SELECT more FROM ${table}`)),
    expect: [['{"k":[1]}']],
  },
  {
    sdk: 'query',
    what: 'of no table',
    run: (s) => s.query('SELECT * FROM nowhere'),
    expect: failed('db.syntax'),
  },
  {
    sdk: 'query',
    what: 'of a system table',
    run: (s) => s.query('SELECT * FROM sqlite_master'),
    expect: failed('db.denied'),
  },
  {
    sdk: 'execute',
    what: 'that makes a table',
    run: (s) => s.execute(`CREATE TABLE "${bare}2" (id text PRIMARY KEY)`),
    expect: failed('db.denied'),
  },

  {
    sdk: 'database.insert',
    run: (s) => s.database.insert(table, { id: 'b', body: 'two', n: 2.5 }),
    expect: 2,
  },
  {
    sdk: 'database.update',
    run: (s) => s.database.update(table, { body: 'new' }, 'id = ?', ['b']),
    expect: 1,
  },
  {
    sdk: 'database.query',
    run: (s) => s.database.query(`SELECT body, n FROM ${table} WHERE id = ?`, ['b']),
    expect: [['new', 2.5]],
  },
  {
    sdk: 'database.queryOne',
    run: (s) => s.database.queryOne(`SELECT id FROM ${table} ORDER BY id`),
    expect: ['a'],
  },
  {
    sdk: 'database.execute',
    what: 'with RETURNING',
    run: (s) => s.database.execute(`UPDATE ${table} SET n = 3 WHERE id = 'b' RETURNING id, n`),
    expect: { rows: [['b', 3]], rowsAffected: 1 },
  },
  {
    sdk: 'database.transaction',
    run: (s) =>
      s.database
        .transaction([
          { sql: `INSERT INTO ${table} (id, body) VALUES (?, ?)`, params: ['c', 'three'] },
          { sql: `UPDATE ${table} SET body = 'four' WHERE id = 'c'` },
        ])
        .then(() => s.query(`SELECT body FROM ${table} WHERE id = 'c'`)),
    expect: [['four']],
  },
  {
    sdk: 'database.transaction',
    what: 'is taken back as a whole',
    run: (s) =>
      s.database.transaction([
        { sql: `DELETE FROM ${table}` },
        { sql: `INSERT INTO ${table} (id) VALUES ('d')` },
      ]),
    expect: failed('db.constraint'),
  },
  { sdk: 'database.delete', run: (s) => s.database.delete(table, 'id = ?', ['c']), expect: 1 },
  {
    sdk: 'query',
    what: 'of what is left',
    run: (s) => s.query(`SELECT id FROM ${table} ORDER BY id`),
    expect: [['a'], ['b']],
  },
  {
    sdk: 'database.count',
    what: 'reads a name, and rows are lists in every host',
    run: (s) => s.database.count(table),
    expect: 0,
  },
  {
    sdk: 'database.createTable',
    run: (s) => s.database.createTable(`"${bare}2"`, 'id text primary key'),
    expect: failed('db.denied'),
  },
  { sdk: 'database.dropTable', run: (s) => s.database.dropTable(table), expect: failed('db.denied') },

  {
    sdk: 'initializeDatabase',
    what: 'insert, returning',
    run: (s) => orm(s).insert(notes).values({ id: 'e', body: 'r', n: 5 }).returning(),
    expect: [{ id: 'e', body: 'r', n: 5 }],
  },
  {
    sdk: 'initializeDatabase',
    what: 'update, select, delete',
    run: async (s) => {
      const db = orm(s);
      await db.insert(notes).values({ id: 'f', body: 'orm', n: 6 });
      await db.update(notes).set({ n: 7 }).where(eq(notes.id, 'f'));
      await db.delete(notes).where(eq(notes.id, 'e'));
      return db.select({ id: notes.id, n: notes.n }).from(notes).where(eq(notes.body, 'orm'));
    },
    expect: [{ id: 'f', n: 7 }],
  },
  {
    sdk: 'initializeDatabase',
    what: 'values',
    run: (s) => orm(s).select({ n: notes.n }).from(notes).where(eq(notes.id, 'f')).values(),
    expect: [[7]],
  },
  {
    sdk: 'initializeDatabase',
    what: 'get gives the row as a list in every host',
    run: (s) => orm(s).select().from(notes).where(eq(notes.id, 'f')).get(),
    expect: { id: ['f', 'orm', 7] },
  },
  {
    sdk: 'initializeDatabase',
    what: 'findMany',
    run: (s) => orm(s).query.notes.findMany({ where: eq(notes.id, 'f') }),
    expect: [{ id: 'f', body: 'orm', n: 7 }],
  },
  {
    sdk: 'initializeDatabase',
    what: 'an error is the host’s',
    run: (s) =>
      orm(s)
        .insert(notes)
        .values({ id: 'f', body: 'again' })
        .catch((error: unknown) => Promise.reject((error as { cause?: unknown }).cause ?? error)),
    expect: failed('db.constraint'),
  },
  {
    sdk: 'execute',
    what: 'empties',
    run: (s) => s.execute(`DELETE FROM ${table}`).then(nothing),
    expect: false,
  },
];
