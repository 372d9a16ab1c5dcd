// The table of docs/attacks.md is the suite's: no case is missing in it, none is
// left over, and what the last runs found is what it says.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { repo } from '../window/home';
import { cases } from './app/cases/index.js';
import { known } from './known.mjs';
import { listed, open, placed } from './table.mjs';

test('every case is in the table, with its words', () => {
  const rows = listed();
  expect([...rows].map(([id, { what }]) => [id, what])).toEqual(cases.map(([id, what]) => [id, what]));
  expect(cases.length).toBeGreaterThan(70);
});

test('the table hides nothing that is known to be open, and no case is without a control or a reason', () => {
  const rows = [...listed()];
  const said = (engine: 'window' | 'chromium') =>
    rows.filter(([, row]) => row[engine].startsWith('**open**')).map(([id]) => id);
  expect(said('window')).toEqual(Object.keys(known.open.window));
  expect(said('chromium').sort()).toEqual(Object.keys(known.open.chromium).sort());
  expect(placed('open')).toBe(open());
  expect(rows.filter(([, row]) => row.control === '**none**').map(([id]) => id)).toEqual([]);
});

test('the table names the controls that the runs on this machine had', async () => {
  const found = async (name: string) => {
    const file = join(repo, 'build/attack', `${name}.json`);
    if (!existsSync(file)) return null;
    const run = JSON.parse(await readFile(file, 'utf8')) as { verdicts: Record<string, { open: boolean }> };
    return run.verdicts;
  };
  const runs = { window: await found('window-control'), Chromium: await found('chromium-control') };
  test.skip(
    runs.window === null || runs.Chromium === null,
    'it compares what the runs without a defence left: make test-full makes them',
  );
  const missing = [...listed()].filter(([id, { control }]) => {
    const claims = (['window', 'Chromium'] as const).filter((c) => control.split(', ').includes(c));
    return claims.length > 0 && !claims.some((c) => runs[c]?.[id]?.open);
  });
  expect(missing.map(([id]) => id)).toEqual([]);
});
