// Writes the table of docs/attacks.md, and the list in SECURITY.md of what is
// open, from what the runs of the suite found and left in build/attack. Usage:
// node table.mjs, after the suite has run.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cases } from './app/cases/index.js';
import { known } from './known.mjs';

const repo = resolve(import.meta.dirname, '../../..');
const places = {
  table: { page: join(repo, 'docs/attacks.md'), begin: '<!-- attacks -->', end: '<!-- /attacks -->' },
  open: { page: join(repo, 'SECURITY.md'), begin: '<!-- open -->', end: '<!-- /open -->' },
};

/** What stands in a place now. */
export function placed(name) {
  const { page, begin, end } = places[name];
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place from ${begin} to ${end}`);
  return text.slice(from + begin.length, to).trim();
}

/** The cases in the table: id to what its cells say. */
export function listed() {
  const rows = [...placed('table').matchAll(/^\| `([a-z.0-9-]+)` \| (.*) \| (.*) \| (.*) \| (.*) \|$/gm)];
  return new Map(
    rows.map(([, id, what, window, chromium, control]) => [id, { what, window, chromium, control }]),
  );
}

/** What the table says of one case in one engine. */
export function cell(verdict, id, engine) {
  if (known.absent[engine]?.some((start) => id.startsWith(start))) return 'not there';
  const why = known.open[engine][id];
  if (why !== undefined) return `**open**: ${why}`;
  return verdict?.open ? '**open**' : 'dead';
}

/** Where a control showed that the case would be noticed, or why none can. */
export function control(id, shown) {
  const engines = Object.entries(shown)
    .filter(([, verdicts]) => verdicts[id]?.open)
    .map(([engine]) => engine);
  if (engines.length > 0) return engines.join(', ');
  return known.uncontrolled.find(([start]) => id.startsWith(start))?.[1] ?? '**none**';
}

export function table(runs) {
  const rows = cases.map(([id, what]) => {
    const cells = ['window', 'chromium'].map((engine) => cell(runs[engine].verdicts[id], id, engine));
    const shown = { window: runs['window-control'].verdicts, Chromium: runs['chromium-control'].verdicts };
    return `| \`${id}\` | ${what} | ${cells.join(' | ')} | ${control(id, shown)} |`;
  });
  return [
    '| case | what it tries | window | Chromium | control |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** The cases that an engine lets through, as a list. */
export function open() {
  const what = new Map(cases.map(([id, words]) => [id, words]));
  return Object.entries(known.open)
    .flatMap(([engine, ids]) =>
      Object.entries(ids).map(
        ([id, why]) =>
          `- ${{ window: 'Window', chromium: 'Chromium' }[engine]}, \`${id}\` (${what.get(id)}): ${why}.`,
      ),
    )
    .join('\n');
}

function put(name, content) {
  const { page, begin, end } = places[name];
  const text = readFileSync(page, 'utf8');
  placed(name);
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  writeFileSync(page, `${text.slice(0, from)}\n\n${content}\n\n${text.slice(to)}`);
}

function write() {
  const names = ['window', 'window-control', 'chromium', 'chromium-control'];
  const runs = Object.fromEntries(
    names.map((n) => [n, JSON.parse(readFileSync(join(repo, `build/attack/${n}.json`), 'utf8'))]),
  );
  const ways = `Measured ${runs.window.way} (window) and ${runs.chromium.way} (Chromium).`;
  put('table', `${cases.length} cases. ${ways}\n\n${table(runs)}`);
  put('open', open());
}

if (process.argv[1] === import.meta.filename) write();
