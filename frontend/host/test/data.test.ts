import { beforeEach, describe, expect, it } from 'vitest';
import { HostClient } from '../src/lib/api/client';
import { pack } from '../src/lib/api/codec';
import { HostError } from '../src/lib/api/errors';
import type { Cell, Conflict } from '../src/lib/api/data';
import { ConflictsState } from '../src/lib/state/conflicts.svelte';
import { HistoryState } from '../src/lib/state/history.svelte';
import {
  cellText,
  changes,
  conflictTitle,
  counts,
  exportedText,
  putBackText,
  rowTitle,
} from '../src/lib/text/cells';
import { endOfSecond } from '../src/lib/text/messages';

const cell = (column: string, more: Partial<Cell> = {}): Cell => ({
  column,
  key: false,
  type: 'text',
  text: '',
  cut: false,
  size: 0,
  ...more,
});

interface Call {
  method: string;
  params: Record<string, unknown>;
}
let calls: Call[];
let answers: Record<string, unknown>;
const client = {
  call: (method: string, params: Record<string, unknown>) => {
    calls.push({ method, params });
    const answer = answers[method];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  },
} as unknown as HostClient;

const page = (moments: string[], more = false) => ({
  on: true,
  moments: moments.map((moment) => ({ moment, at: 1, before: '', put_back_to: 0, tables: [] })),
  more,
});

beforeEach(() => {
  calls = [];
  answers = {};
});

describe('words of rows', () => {
  it('call a row by its first words, or by its key', () => {
    const id = cell('id', { key: true, text: '0199-a' });
    expect(
      rowTitle([id, cell('n', { type: 'number', text: '7' }), cell('title', { text: '  Lisbon\nmore' })]),
    ).toBe('Lisbon');
    expect(rowTitle([cell('title'), id])).toBe('0199-a');
    expect(rowTitle([id, cell('body', { text: 'é'.repeat(99) })])).toBe(`${'é'.repeat(60)}…`);
    expect(rowTitle([])).toBe('');
    expect(conflictTitle({ row: [], gone: [] } as unknown as Conflict)).toBe('a row');
  });

  it('say what a value is', () => {
    expect(cellText(cell('a', { type: 'null' }))).toBe('nothing');
    expect(cellText(cell('a'))).toBe('empty');
    expect(cellText(cell('a', { text: 'long', cut: true }))).toBe('long…');
    expect(cellText(cell('a', { type: 'blob', size: 2048 }))).toBe('2.0 KB of data');
    expect(cellText(cell('a', { type: 'number', text: '9007199254740993' }))).toBe('9007199254740993');
  });

  it('count what changed', () => {
    expect(counts({ added: 0, changed: 1200, removed: 1 })).toBe('1,200 changed, 1 removed');
    expect(
      changes([
        { name: 'folders', added: 1, changed: 0, removed: 0 },
        { name: 'notes', added: 0, changed: 2, removed: 0 },
      ]),
    ).toBe('folders: 1 added; notes: 2 changed');
  });

  it('say what was put back', () => {
    const at = new Date(2026, 10, 29, 14, 30, 5).getTime();
    const none = { at, added: 0, changed: 0, removed: 0, lost: 0, gone: 0, undo: '1' };
    expect(putBackText('Notes', { ...none, added: 1, changed: 2, removed: 3 })).toMatch(
      /^Notes is as it was on 29 November.* at 14:30:05: 1 row came back, 2 rows were changed, and 3 rows are gone\.$/,
    );
    expect(putBackText('Notes', none)).toMatch(/^Notes is as it was .* Nothing was changed\.$/);
    expect(putBackText('Notes', { ...none, gone: 5, lost: 1 })).toMatch(
      /^What can be put back of Notes is .* 5 rows were in tables .* cannot be put back\. 1 old value belongs/,
    );
    expect(putBackText('Notes', { ...none, added: 1, gone: 1 })).toMatch(
      /^Notes is as it was .*: 1 row came back\. 1 row was in a table/,
    );
  });
});

describe('an export', () => {
  it('says what works in Alcove only', () => {
    expect(exportedText('It is there.', [])).toBe('It is there.');
    expect(exportedText('It is there.', ['by_day'])).toBe(
      'It is there. Only in schema.sql, because it does not work without Alcove: by_day.',
    );
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    expect(exportedText('', many)).toMatch(/: a, b, c, d, e, and 2 others\.$/);
    expect(exportedText('', many.slice(1))).toMatch(/: b, c, d, e, f, and 1 other\.$/);
  });
});

describe('the history', () => {
  it('takes a time to the end of its second, as lists show it', () => {
    expect(endOfSecond('2026-11-29T14:32:07')).toBe(new Date(2026, 10, 29, 14, 32, 7, 999).getTime());
    expect(endOfSecond('2026-11-29T14:32')).toBe(new Date(2026, 10, 29, 14, 32, 0, 999).getTime());
    expect(endOfSecond('')).toBeNaN();
  });

  it('is read page by page', async () => {
    const state = new HistoryState(client, 'app');
    answers['data.history'] = page(['9', '8'], true);
    await state.load();
    expect(state.moments.map(({ moment }) => moment)).toEqual(['9', '8']);
    answers['data.history'] = page(['7']);
    await state.earlier();
    expect(state.moments.map(({ moment }) => moment)).toEqual(['9', '8', '7']);
    expect(calls[1]?.params).toMatchObject({ id: 'app', before: '8' });
    expect(state.data?.more).toBe(false);
  });

  it('puts back exactly the moment the person was asked about, after the app saved', async () => {
    const state = new HistoryState(client, 'app');
    answers['data.difference'] = { moment: '58850748288172032', at: 5, tables: [], lost: 0, gone: 0 };
    answers['data.put_back'] = {
      at: 5,
      added: 0,
      changed: 1,
      removed: 0,
      lost: 0,
      gone: 0,
      undo: '58850748288172099',
    };
    answers['data.history'] = page(['9']);
    expect(await state.putBack(() => Promise.resolve())).toBe(false);
    await state.compare({ at: 5 });
    expect(state.busy).toBe(false);
    const order: string[] = [];
    const done = await state.putBack(() => {
      order.push(...calls.map(({ method }) => method), 'saved');
      return Promise.resolve();
    });
    expect(done).toBe(true);
    expect(order).toEqual(['data.difference', 'saved']);
    expect(calls[1]).toEqual({
      method: 'data.put_back',
      params: { id: 'app', moment: '58850748288172032' },
    });
    expect(state.difference).toBeNull();
    expect(state.done?.undo).toBe('58850748288172099');
  });

  it('answers to a person also while the list is read', async () => {
    const state = new HistoryState(client, 'app');
    answers['data.history'] = page(['9']);
    answers['data.difference'] = { moment: '5', at: 5, tables: [], lost: 0, gone: 0 };
    const reading = state.load();
    await Promise.all([reading, state.compare({ moment: '5' }), state.compare({ moment: '6' })]);
    expect(state.difference?.moment).toBe('5');
    expect(calls.filter(({ method }) => method === 'data.difference')).toHaveLength(1);
  });

  it('shows what is in the way and stays with the question', async () => {
    const state = new HistoryState(client, 'app');
    answers['data.difference'] = { moment: '5', at: 5, tables: [], lost: 0, gone: 0 };
    answers['data.put_back'] = new HostError('crdt.restore_conflict', 'Some rows cannot be put back.', {
      rows: [{ table: 'notes', why: 'unique', rows: 2 }],
    });
    await state.compare({ moment: '5' });
    expect(await state.putBack(() => Promise.resolve())).toBe(false);
    expect(state.inTheWay).toEqual([{ table: 'notes', why: 'unique', rows: 2 }]);
    expect(state.difference).not.toBeNull();
    state.dismiss();
    expect(state.inTheWay).toEqual([]);
    expect(state.difference).toBeNull();
  });
});

describe('conflicts', () => {
  it('are settled one by one, and the list is read again', async () => {
    const conflict = { id: 7, row: [], gone: [] } as unknown as Conflict;
    const state = new ConflictsState(client, 'app');
    answers['data.conflicts'] = { total: 1, list: [conflict], more: false };
    await state.load();
    expect(state.list).toHaveLength(1);
    answers['data.conflicts'] = { total: 0, list: [], more: false };
    const saved: number[] = [];
    const saves = () => Promise.resolve(void saved.push(calls.length));
    expect(await state.restore(conflict, saves)).toBe(true);
    expect(saved).toEqual([1]);
    expect(calls[1]).toEqual({ method: 'data.restore_conflict', params: { id: 'app', conflict: 7 } });
    expect(state.list).toEqual([]);
    expect(state.settled).toEqual({ conflict, how: 'restored' });
    answers['data.dismiss_conflict'] = new HostError('crdt.no_conflict', 'It is gone.');
    expect(await state.dismiss(conflict)).toBe(false);
    expect(state.error?.code).toBe('crdt.no_conflict');
    expect(state.settled?.how).toBe('restored');
  });
});

describe('the archive', () => {
  const token = { get: () => Promise.resolve('t'), refused: () => false };
  const answering = (type: string, body: BodyInit, more: Record<string, string> = {}) =>
    new HostClient(token, () =>
      Promise.resolve(new Response(body, { headers: { 'Content-Type': type, ...more } })),
    );

  it('is a file, or a refusal in words', async () => {
    const name = { 'Content-Disposition': 'attachment; filename=notes-2026-11-29.zip' };
    const file = await answering('application/zip', 'PK', name).archive('app', 'secret');
    expect(await file.content.text()).toBe('PK');
    expect([file.name, file.left]).toEqual(['notes-2026-11-29.zip', []]);
    const left = { ...name, 'X-Alcove-Left': 'by%20day,%C3%BC%2Cb' };
    expect((await answering('application/zip', '', left).archive('app', 'secret')).left).toEqual([
      'by day',
      'ü,b',
    ]);
    const error = { code: 'vault.wrong_passphrase', message: 'No.' };
    await expect(
      answering('application/msgpack', pack({ error })).archive('app', 'wrong'),
    ).rejects.toMatchObject(error);
    await expect(
      answering('application/msgpack', pack({ ok: null })).archive('app', 'x'),
    ).rejects.toMatchObject({
      code: 'page.unexpected',
    });
  });
});
