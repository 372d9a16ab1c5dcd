import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import { HostError } from '../src/lib/api/errors';
import type { Picker } from '../src/lib/api/picks';
import { ItemChoice } from '../src/lib/state/items.svelte';
import { PickerState } from '../src/lib/state/picker.svelte';
import { armAfter } from '../src/lib/state/prompts.svelte';

const items = [
  { id: 'e1', label: 'Hinge Quarterly', detail: 'ada' },
  { id: 'e2', label: 'Tide Notes', detail: 'ada@tide.example' },
  { id: 'e3', label: 'Neighbourhood', detail: '' },
];

let calls: [string, unknown][];
let refusal: Error | undefined;
const client = {
  call: (method: string, params: unknown) => {
    calls.push([method, params]);
    return refusal ? Promise.reject(refusal) : Promise.resolve({});
  },
} as unknown as HostClient;

function choosing(): ItemChoice {
  return new ItemChoice(
    new PickerState(client, { id: 7, stage: 'item', kind: '', name: '', items } as unknown as Picker),
  );
}
const answered = () => calls.filter(([method]) => method === 'pick.answer').map(([, params]) => params);

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  refusal = undefined;
});
afterEach(() => vi.useRealTimers());

it('nothing is chosen to begin with, and nothing is given of it', async () => {
  const choice = choosing();
  await choice.shown();
  vi.advanceTimersByTime(armAfter);
  expect(choice.armed).toBe(true);
  await choice.answer();
  expect(calls).toEqual([['pick.shown', { id: 7 }]]);
});

it('nothing is given before it can have been seen', async () => {
  const choice = choosing();
  choice.go(1);
  await choice.answer();
  await choice.shown();
  vi.advanceTimersByTime(armAfter - 1);
  await choice.answer();
  expect(answered()).toEqual([]);
  vi.advanceTimersByTime(1);
  await choice.answer();
  expect(answered()).toEqual([{ id: 7, paths: ['e2'], remember: false }]);
});

it('is filtered by what is written, and what was chosen is not any more', () => {
  const choice = choosing();
  choice.go(0);
  choice.find('ADA@');
  expect(choice.rows.map(({ id }) => id)).toEqual(['e2']);
  expect(choice.chosen).toBeUndefined();
  choice.go(choice.at + 1);
  expect(choice.chosen?.id).toBe('e2');
  choice.go(choice.at + 1);
  expect(choice.chosen?.id).toBe('e2');
  choice.find('nothing like it');
  choice.go(0);
  expect(choice.chosen).toBeUndefined();
});

it('is never armed where it is not asked any more', async () => {
  refusal = new HostError('pick.gone', 'Nothing is to be picked any more.');
  const choice = choosing();
  await choice.shown();
  vi.advanceTimersByTime(armAfter);
  expect(choice.armed).toBe(false);
});

it('is not armed once the dialog is gone', async () => {
  const choice = choosing();
  await choice.shown();
  choice.end();
  vi.advanceTimersByTime(armAfter);
  expect(choice.armed).toBe(false);
});
