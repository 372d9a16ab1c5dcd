import type { Cell, Conflict, PutBack } from '../api/data';
import type { TableChange } from '../api/schema';
import { m, mn, moment, names, number, size } from './messages';

const titleLength = 60;
const shownNames = 5;

/** What a person would call a row: its first words, or else its key. */
export function rowTitle(row: Cell[]): string {
  const worded = row.find((cell) => !cell.key && cell.type === 'text' && cell.text.trim() !== '');
  const shown = worded ?? row.find((cell) => cell.key) ?? row[0];
  if (!shown) return '';
  const [line = ''] = cellText(shown).trim().split('\n');
  const letters = [...line];
  return letters.length > titleLength ? `${letters.slice(0, titleLength).join('')}…` : line;
}

/** A value in words. */
export function cellText(cell: Cell): string {
  switch (cell.type) {
    case 'null':
      return m('cell.nothing');
    case 'blob':
      return m('cell.bytes', { size: size(cell.size) });
    case 'number':
      return cell.text;
    case 'text':
      if (cell.text === '') return m('cell.empty');
      return cell.cut ? `${cell.text}…` : cell.text;
  }
}

/** "notes: 1 added, 2 changed; folders: 1 removed". */
export function changes(tables: TableChange[]): string {
  return tables.map((table) => m('history.table', { table: table.name, what: counts(table) })).join('; ');
}

/** "1 added, 2 changed". */
export function counts(table: { added: number; changed: number; removed: number }): string {
  return [
    table.added > 0 ? m('history.added', { n: number(table.added) }) : '',
    table.changed > 0 ? m('history.changed', { n: number(table.changed) }) : '',
    table.removed > 0 ? m('history.removed', { n: number(table.removed) }) : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** What putting back did, in words. */
export function putBackText(title: string, done: PutBack): string {
  const when = moment(done.at);
  const what = changedText(done);
  const away = awayText(done);
  const said = what === '' ? sameText(title, done) : m('putback.done', { title, moment: when, what });
  return [said, ...away].join(' ');
}

/** That there is nothing to put back, as far as anything can be. */
export function sameText(title: string, of: { at: number; lost: number; gone: number }): string {
  const key = of.lost + of.gone > 0 ? 'putback.same_rest' : 'putback.same';
  return m(key, { title, moment: moment(of.at) });
}

/** What cannot come back, because there is no place for it any more. */
export function awayText(of: { lost: number; gone: number }): string[] {
  return [
    of.gone > 0 ? mn('putback.gone', of.gone) : '',
    of.lost > 0 ? mn('putback.lost', of.lost) : '',
  ].filter((part) => part !== '');
}

/** "2 rows came back and 1 row is gone". */
export function changedText(done: { added: number; changed: number; removed: number }): string {
  const what = [
    done.added > 0 ? mn('putback.done_added', done.added) : '',
    done.changed > 0 ? mn('putback.done_changed', done.changed) : '',
    done.removed > 0 ? mn('putback.done_removed', done.removed) : '',
  ];
  return names(what.filter((part) => part !== ''));
}

/** Where an export is, and what works in Alcove only. */
export function exportedText(where: string, left: string[]): string {
  if (left.length === 0) return where;
  const more = left.length - shownNames;
  const shown = more > 0 ? [...left.slice(0, shownNames), mn('export.left_more', more)] : left;
  return `${where} ${m('export.left', { names: names(shown) })}`;
}

/** What a person would call the row that a conflict is about. */
export function conflictTitle(conflict: Conflict): string {
  return rowTitle(conflict.row) || rowTitle(conflict.gone) || m('cell.row');
}
