// From what the frame noted, what the sinks saw and what the host's side shows to
// one verdict a case, and the file that the table of SECURITY.md is written from.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controls } from './app/cases/controls.js';
import { cases } from './app/cases/index.js';
import { known } from './known.mjs';
import { repo } from '../window/home';
import type { Seen } from './seen';

export type Engine = 'window' | 'chromium';

/** What the extension noted of one case. */
export interface Result {
  id: string;
  outcome: string;
  ms: number;
  /** A person was thought to have clicked just before. */
  active?: boolean;
}

export interface Verdict {
  open: boolean;
  /** How it was found out. */
  how: string;
}

/** The runs without a defence prove the suite and not the product, so they are for the long tests. */
export const long = process.env.ALCOVE_FULL === '1';

export const ids = cases.map(([id]) => id);

/** One verdict a case. `shown` is what the host's side saw of some of them. */
export function judge(
  results: Result[],
  seen: Seen[],
  shown: ReadonlyMap<string, string>,
): Map<string, Verdict> {
  const found = new Map<string, Verdict>();
  for (const { id, outcome } of results) {
    if (!ids.includes(id)) continue;
    const left = seen.filter((s) => s.id === id).map((s) => s.what);
    const ways = [
      ...new Set([
        ...left,
        shown.get(id) ?? '',
        outcome.startsWith('OPEN') ? outcome.slice(6) || 'it worked' : '',
      ]),
    ];
    const open = ways.filter(Boolean);
    const how = outcome === 'tried' ? 'nothing happened' : outcome.replace(/^dead: /, '');
    found.set(id, open.length > 0 ? { open: true, how: open.join(', ') } : { open: false, how });
  }
  return found;
}

/** Controls that ran beside the cases and did not work. */
export const silent = (results: Result[]) =>
  controls.map(([id]) => id).filter((id) => !results.find((r) => r.id === id)?.outcome.startsWith('OPEN'));

/** Cases that the test itself did not bring about. */
export const untried = (results: Result[]) =>
  results.filter((r) => /nobody clicked|not told/.test(r.outcome)).map((r) => `${r.id} ${r.outcome}`);

/** The cases that are open, but those of which it is known. */
export const openOnes = (verdicts: ReadonlyMap<string, Verdict>, but: Record<string, string> = {}) =>
  [...verdicts].filter(([id, v]) => v.open && !(id in but)).map(([id, v]) => `${id}: ${v.how}`);

/** The cases without a control in any run so far that are not known to have none. */
export function uncontrolled(verdicts: ReadonlyMap<string, Verdict>): string[] {
  return ids.filter(
    (id) => !verdicts.get(id)?.open && !known.uncontrolled.some(([start]) => id.startsWith(start)),
  );
}

/** Writes what one run found, beside what others found. */
export async function keep(
  name: `${Engine}${'' | '-control'}`,
  engine: string,
  way: string,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<void> {
  const dir = join(repo, 'build/attack');
  await mkdir(dir, { recursive: true });
  const text = JSON.stringify({ engine, way, verdicts: Object.fromEntries(verdicts) }, null, 1);
  await writeFile(join(dir, `${name}.json`), text);
}
