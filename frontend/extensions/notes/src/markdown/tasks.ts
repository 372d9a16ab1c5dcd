// Typing aids on plain Markdown text: every function gives the new text and
// where the cursor goes, or null when the key should do what it always does.

export interface Edit {
  /** The range to replace, and with what. */
  from: number;
  to: number;
  insert: string;
  /** The selection afterwards. */
  start: number;
  end: number;
}

const ITEM = /^(\s*)(?:([-*+])|(\d{1,9})([.)]))(\s+)(\[[ xX]\]\s+)?/;
const TASK = /^(\s*(?:>\s*)*(?:[-*+]|\d{1,9}[.)])\s+\[)([ xX])(\])/;

/** Ticks or clears the task on a line; the text as it was if there is none. */
export function toggleTask(text: string, line: number): string {
  const all = text.split('\n');
  const old = all[line];
  if (old === undefined) return text;
  all[line] = old.replace(TASK, (_, open: string, mark: string, close: string) =>
    [open, mark === ' ' ? 'x' : ' ', close].join(''),
  );
  return all.join('\n');
}

function lineAt(text: string, at: number): { from: number; to: number; line: string } {
  const from = text.lastIndexOf('\n', at - 1) + 1;
  const next = text.indexOf('\n', at);
  const to = next < 0 ? text.length : next;
  return { from, to, line: text.slice(from, to) };
}

/** Enter inside a list starts the next item; on an empty item it ends the list. */
export function continueList(text: string, start: number, end: number): Edit | null {
  if (start !== end) return null;
  const { from, line } = lineAt(text, start);
  const match = ITEM.exec(line);
  if (!match || start - from < match[0].length) return null;
  if (line.trim() === match[0].trim()) {
    return { from, to: start, insert: '', start: from, end: from };
  }
  const [, indent = '', bullet, number, dot = '.', space = ' ', task] = match;
  const marker = bullet ?? `${String(Number(number) + 1)}${dot}`;
  const insert = `\n${indent}${marker}${space}${task ? '[ ] ' : ''}`;
  const at = start + insert.length;
  return { from: start, to: start, insert, start: at, end: at };
}

/** Puts a mark around the selection, or takes it away again. */
export function wrap(text: string, start: number, end: number, mark: string): Edit {
  const inner = text.slice(start, end);
  const n = mark.length;
  if (text.slice(start - n, start) === mark && text.slice(end, end + n) === mark) {
    return { from: start - n, to: end + n, insert: inner, start: start - n, end: end - n };
  }
  return { from: start, to: end, insert: mark + inner + mark, start: start + n, end: end + n };
}

/** Moves the selected lines in (+1) or out (-1) by two spaces. */
export function indent(text: string, start: number, end: number, by: 1 | -1): Edit {
  const from = lineAt(text, start).from;
  const to = lineAt(text, end).to;
  const old = text.slice(from, to);
  const insert = old.replace(/^ {0,2}/gm, (lead) => (by > 0 ? `  ${lead}` : ''));
  const first = by > 0 ? 2 : -(/^ {0,2}/.exec(old)?.[0].length ?? 0);
  return {
    from,
    to,
    insert,
    start: Math.max(from, start + first),
    end: Math.max(from, end + insert.length - old.length),
  };
}

/** Makes the line of the cursor a task, or ticks the task it is. */
export function toggleTaskAt(text: string, start: number, end: number): Edit {
  const { from, to, line } = lineAt(text, start);
  let insert: string;
  if (TASK.test(line)) insert = toggleTask(line, 0);
  else if (ITEM.test(line)) insert = line.replace(ITEM, (lead) => `${lead.trimEnd()} [ ] `);
  else insert = line.replace(/^\s*/, (lead) => `${lead}- [ ] `);
  const shift = insert.length - line.length;
  return {
    from,
    to,
    insert,
    start: Math.max(from, start + shift),
    end: Math.max(from, end + shift),
  };
}
