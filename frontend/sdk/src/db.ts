import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { toStatement } from './sql.ts';
import type { Bindable, Statement } from './sql.ts';
import { isMap } from './wire.ts';

/** One value of a result: bigint only for integers a number cannot hold exactly. */
export type Cell = null | number | bigint | string | Uint8Array;
/** A row by column name. Of columns with the same name the last one counts: use `AS`. */
export type Row = Record<string, Cell>;

/** A result as the database gave it. */
export interface RowsResult {
  columns: string[];
  rows: Cell[][];
}

/** What a writing statement did. */
export interface ExecuteResult<T = Row> {
  rowsAffected: number;
  /** Rowid of the last row inserted on this connection. */
  lastInsertId: number | bigint;
  /** Rows of a `RETURNING` clause; otherwise empty. */
  rows: T[];
}

/** A migration that an extension runs itself; those in its manifest run at installation. */
export interface Migration {
  /** Runs once per name, in the order given. The text of a name that ran may not change. */
  name: string;
  /** One or more statements, with full table names (`${vault.table('notes')}`). */
  sql: string;
}

/**
 * The extension's own tables in the vault's encrypted database. Statements run with a deadline
 * of 10 s, at most 50,000 rows and 32 MB a result; beyond that the code is `quota.*`.
 */
export interface Database {
  /** Rows as objects. Only statements that read; else `db.not_a_query`. */
  query<T extends object = Row>(statement: Statement, options?: CallOptions): Promise<T[]>;
  query<T extends object = Row>(
    sql: string,
    params?: readonly Bindable[],
    options?: CallOptions,
  ): Promise<T[]>;
  /** The first row, or undefined. */
  first<T extends object = Row>(statement: Statement, options?: CallOptions): Promise<T | undefined>;
  first<T extends object = Row>(
    sql: string,
    params?: readonly Bindable[],
    options?: CallOptions,
  ): Promise<T | undefined>;
  /** Columns and rows as lists, for wide or large results. */
  rows(statement: Statement, options?: CallOptions): Promise<RowsResult>;
  rows(sql: string, params?: readonly Bindable[], options?: CallOptions): Promise<RowsResult>;
  /** One writing statement; committed when the promise resolves. */
  execute<T extends object = Row>(statement: Statement, options?: CallOptions): Promise<ExecuteResult<T>>;
  execute<T extends object = Row>(
    sql: string,
    params?: readonly Bindable[],
    options?: CallOptions,
  ): Promise<ExecuteResult<T>>;
  /** All or nothing; results in the order of the statements. */
  transaction(statements: readonly (string | Statement)[], options?: CallOptions): Promise<ExecuteResult[]>;
  /** Runs those that have not run yet, all or nothing; the names that ran now. */
  migrate(migrations: readonly Migration[], options?: CallOptions): Promise<string[]>;
}

type Rest = [params?: readonly Bindable[] | CallOptions, options?: CallOptions];

export function database(channel: Channel): Database {
  const split = (statement: string | Statement, rest: Rest) => {
    const [second, third] = rest;
    if (Array.isArray(second)) {
      return { request: toStatement(statement, second as Bindable[]), options: third };
    }
    return { request: toStatement(statement), options: third ?? (second as CallOptions) };
  };
  const wire = (s: Statement) => ({ sql: s.sql, params: s.params });

  const rows = async (statement: string | Statement, ...rest: Rest): Promise<RowsResult> => {
    const { request, options } = split(statement, rest);
    return table(await channel.call('db.query', wire(request), options));
  };
  const query = async <T>(statement: string | Statement, ...rest: Rest): Promise<T[]> =>
    objects<T>(await rows(statement, ...rest));

  return Object.freeze({
    rows,
    query,
    first: async <T>(statement: string | Statement, ...rest: Rest) => (await query<T>(statement, ...rest))[0],
    execute: async <T>(statement: string | Statement, ...rest: Rest) => {
      const { request, options } = split(statement, rest);
      return outcome<T>(await channel.call('db.execute', wire(request), options));
    },
    transaction: async (list: readonly (string | Statement)[], options?: CallOptions) => {
      const statements = list.map((s) => wire(toStatement(s)));
      const reply = await channel.call('db.transaction', { statements }, options);
      if (!isMap(reply) || !Array.isArray(reply.results)) throw strange('db.transaction');
      return reply.results.map((r) => outcome<Row>(r));
    },
    migrate: async (list: readonly Migration[], options?: CallOptions) => {
      const migrations = list.map(({ name, sql }) => ({ name, sql }));
      const reply = await channel.call('db.migrate', { migrations }, options);
      if (!isMap(reply)) throw strange('db.migrate');
      return (reply.applied ?? []) as string[];
    },
  });
}

function table(value: unknown): RowsResult {
  if (!isMap(value) || !Array.isArray(value.columns)) throw strange('db.query');
  const rows = value.rows ?? [];
  if (!Array.isArray(rows)) throw strange('db.query');
  return { columns: value.columns.map(String), rows: rows as Cell[][] };
}

function outcome<T>(value: unknown): ExecuteResult<T> {
  if (!isMap(value)) throw strange('db.execute');
  return {
    rowsAffected: Number(value.rowsAffected ?? 0),
    lastInsertId: (value.lastInsertId ?? 0) as number | bigint,
    rows: Array.isArray(value.columns) ? objects<T>(table(value)) : [],
  };
}

function objects<T>({ columns, rows }: RowsResult): T[] {
  return rows.map((row) => {
    const out: Row = {};
    columns.forEach((column, i) => {
      const value = row[i] ?? null;
      // Assigning to __proto__ would change the object instead of naming a column.
      if (column === '__proto__') Object.defineProperty(out, column, { value, enumerable: true });
      else out[column] = value;
    });
    return out as T;
  });
}

function strange(method: string): AlcoveError {
  return new AlcoveError('reply.malformed', `the host answered ${method} with something else`);
}
