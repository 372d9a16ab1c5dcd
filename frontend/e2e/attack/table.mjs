// Writes the table of SECURITY.md from what the runs of the suite found, which
// they left in build/attack. Usage: node table.mjs, after the suite has run.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cases } from './app/cases/index.js';
import { known } from './known.mjs';

const repo = resolve(import.meta.dirname, '../../..');
const page = join(repo, 'SECURITY.md');
const [begin, end] = ['<!-- attacks -->', '<!-- /attacks -->'];

/** The cases in the table of a text of SECURITY.md: id to what its cells say. */
export function listed(text) {
  const table = text.slice(text.indexOf(begin), text.indexOf(end));
  const rows = [...table.matchAll(/^\| `([a-z.0-9-]+)` \| (.*) \| (.*) \| (.*) \| (.*) \|$/gm)];
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

function write() {
  const names = ['window', 'window-control', 'chromium', 'chromium-control'];
  const runs = Object.fromEntries(
    names.map((n) => [n, JSON.parse(readFileSync(join(repo, `build/attack/${n}.json`), 'utf8'))]),
  );
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`SECURITY.md has no place for the table, ${begin} to ${end}`);
  const ways = `Measured ${runs.window.way} (window) and ${runs.chromium.way} (Chromium).`;
  writeFileSync(
    page,
    `${text.slice(0, from + begin.length)}\n\n${cases.length} cases. ${ways}\n\n${table(runs)}\n\n${text.slice(to)}`,
  );
}

if (process.argv[1] === import.meta.filename) write();
