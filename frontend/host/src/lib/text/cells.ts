import type { Cell, Conflict, PutBack, TableChange } from '../api/schema';
import { m, mn, moment, number, size } from './messages';

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
  if (what === '') return m('putback.same', { title, moment: when });
  return m('putback.done', { title, moment: when, what });
}

/** "2 rows came back and 1 row is gone". */
export function changedText(done: { added: number; changed: number; removed: number }): string {
  const what = [
    done.added > 0 ? mn('putback.done_added', done.added) : '',
    done.changed > 0 ? mn('putback.done_changed', done.changed) : '',
    done.removed > 0 ? mn('putback.done_removed', done.removed) : '',
  ];
  return sentence(what.filter((part) => part !== ''));
}

/** Where an export is, and what works in Alcove only. */
export function exportedText(where: string, left: string[]): string {
  if (left.length === 0) return where;
  const more = left.length - shownNames;
  const names = more > 0 ? [...left.slice(0, shownNames), mn('export.left_more', more)] : left;
  return `${where} ${m('export.left', { names: sentence(names) })}`;
}

const sentence = (parts: string[]) => new Intl.ListFormat('en', { type: 'conjunction' }).format(parts);

/** What a person would call the row that a conflict is about. */
export function conflictTitle(conflict: Conflict): string {
  return rowTitle(conflict.row) || rowTitle(conflict.gone) || m('cell.row');
}
