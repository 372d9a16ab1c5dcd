import type { Change } from '../api/data';
import type { TableChange } from '../api/schema';
import { changes } from './cells';
import { day, m, mn, moment, number } from './messages';

/** A line of the history: one moment, or several at which an app saved changes one soon after the other. */
export interface MomentLine {
  /** The moment that the line goes back to: its newest. */
  at: Change;
  /** How many moments it stands for. */
  count: number;
  text: string;
  mark: boolean;
  /** Names the line alone among all. */
  name: string;
}

/** Changes that are not further apart become one line, which is not longer than this. */
const apart = 30_000;
const longest = 600_000;
/** What follows a mark at once is the putting back itself. */
const atOnce = 1_000;

/** The lines of a history, newest first. Those in each are shown moment by moment. */
export function momentLines(moments: Change[], each: ReadonlySet<string>): MomentLine[] {
  const groups: Change[][] = [];
  moments.forEach((change, i) => {
    const group = groups.at(-1);
    const before = moments[i - 1];
    const newest = group?.[0];
    if (
      group &&
      before &&
      newest &&
      !each.has(newest.moment) &&
      edits(before, change) &&
      edits(change, moments[i + 1]) &&
      tables(before) === tables(change) &&
      before.at - change.at <= apart &&
      newest.at - change.at <= longest &&
      day(newest.at) === day(change.at)
    ) {
      group.push(change);
    } else {
      groups.push([change]);
    }
  });
  const lines = groups.map((group, i) => line(group, groups[i + 1]?.[0]));
  const seen = new Map<string, number>();
  return lines.map((entry) => {
    const nth = (seen.get(entry.name) ?? 0) + 1;
    seen.set(entry.name, nth);
    return nth === 1 ? entry : { ...entry, name: m('history.nth', { name: entry.name, n: nth }) };
  });
}

function line(group: Change[], older: Change | undefined): MomentLine {
  const at = group[0] as Change;
  const mark = at.before !== '' || at.put_back_to > 0;
  let text = changes(at.tables);
  if (at.before !== '') text = m('history.before_update', { version: at.before });
  else if (mark) text = m('history.before_put_back', { moment: moment(at.put_back_to) });
  else if (isPutBack(at, older))
    text = m('history.put_back', { moment: moment(older.put_back_to), what: text });
  else if (group.length > 1) text = gathered(group);
  return { at, count: group.length, text, mark, name: `${moment(at.at)}, ${text}` };
}

/** "notes: 12 changes, saved 12 times". */
function gathered(group: Change[]): string {
  const sums = new Map<string, number>();
  for (const { name, changed } of group.flatMap((change) => change.tables)) {
    sums.set(name, (sums.get(name) ?? 0) + changed);
  }
  const what = [...sums].map(([table, n]) => m('history.table', { table, what: mn('history.changes', n) }));
  return m('history.gathered', { what: what.join('; '), n: number(group.length) });
}

/** Whether nothing but values of rows was changed, by the app. */
function edits(change: Change, older: Change | undefined): boolean {
  const plain = change.before === '' && change.put_back_to === 0 && !isPutBack(change, older);
  return plain && change.tables.every(({ added, removed }) => added + removed === 0);
}

function isPutBack(change: Change, older: Change | undefined): older is Change {
  return older !== undefined && older.put_back_to > 0 && change.at - older.at < atOnce;
}

const tables = (change: Change) => change.tables.map(({ name }: TableChange) => name).join(' ');
