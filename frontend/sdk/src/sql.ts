// Statements as values, so that nothing a person typed is ever part of the text.

import { malformed } from './errors.ts';

/** What may be bound to a `?` in a statement. `undefined` is refused; say `null`. */
export type Bindable = null | boolean | number | bigint | string | Uint8Array | ArrayBuffer;

/** What may stand in `${…}` of {@link sql}: a value, a table name, or another statement. */
export type SqlPart = Bindable | Identifier | Statement;

/**
 * The full, quoted name of one of the extension's own tables or indexes. In a plain template
 * string it reads as that name; in {@link sql} it becomes part of the text instead of a parameter.
 */
export class Identifier {
  readonly #quoted: string;

  constructor(prefix: string, name: string) {
    if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name) || name.includes('__')) {
      throw malformed(
        `“${name}” is no table name: a small letter, then up to 62 of a-z 0-9 _ -, without “__”`,
      );
    }
    this.#quoted = `"${prefix}${name}"`;
  }

  toString(): string {
    return this.#quoted;
  }
}

/** One SQL statement with its parameters. Made by {@link sql}; taken by every `db` method. */
export class Statement {
  readonly sql: string;
  readonly params: readonly Bindable[];

  constructor(text: string, params: readonly Bindable[] = []) {
    if (typeof text !== 'string') throw malformed('a statement is text');
    checkParams(params);
    this.sql = text;
    this.params = Object.freeze([...params]);
  }
}

/** The type of {@link sql}. */
export interface SqlTag {
  (strings: TemplateStringsArray, ...parts: SqlPart[]): Statement;
  /** `(?, ?, …)` for `IN`; an empty list is `(NULL)`, which nothing equals. */
  list(values: readonly Bindable[]): Statement;
}

/**
 * A statement from a template: values become parameters, {@link Identifier}s and other
 * statements become text.
 *
 * @example
 * ```ts
 * const notes = vault.table('notes');
 * await vault.db.query(sql`SELECT id, title FROM ${notes} WHERE folder = ${folder}`);
 * ```
 */
export const sql: SqlTag = Object.assign(
  (strings: TemplateStringsArray, ...parts: SqlPart[]): Statement => {
    let text = strings[0] ?? '';
    const params: Bindable[] = [];
    parts.forEach((part, i) => {
      if (part instanceof Identifier) {
        text += part.toString();
      } else if (part instanceof Statement) {
        text += part.sql;
        params.push(...part.params);
      } else {
        text += '?';
        params.push(part);
      }
      text += strings[i + 1] ?? '';
    });
    return new Statement(text, params);
  },
  {
    list: (values: readonly Bindable[]): Statement =>
      values.length === 0
        ? new Statement('(NULL)')
        : new Statement(`(${values.map(() => '?').join(', ')})`, values),
  },
);

/** Text and parameters, or a ready statement, as one {@link Statement}. */
export function toStatement(statement: string | Statement, params: readonly Bindable[] = []): Statement {
  if (!(statement instanceof Statement)) return new Statement(statement, params);
  if (params.length > 0) throw malformed('a statement made with sql`…` has its parameters already');
  return statement;
}

function checkParams(params: readonly unknown[]): void {
  if (!Array.isArray(params)) throw malformed('parameters are a list');
  params.forEach((value, i) => {
    const ok =
      value === null ||
      ['boolean', 'number', 'bigint', 'string'].includes(typeof value) ||
      ArrayBuffer.isView(value) ||
      value instanceof ArrayBuffer;
    if (ok) return;
    const what = value === undefined ? 'undefined; use null for “no value”' : `a ${kindOf(value)}`;
    throw malformed(`parameter ${String(i + 1)} is ${what}`);
  });
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
