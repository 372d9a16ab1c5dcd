import { beforeEach, describe, expect, it } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import type { Item, Picker } from '../src/lib/api/picks';
import { HostError } from '../src/lib/api/errors';
import { typeahead } from '../src/lib/keyboard';
import { PickerState } from '../src/lib/state/picker.svelte';
import { crumbs, joined } from '../src/lib/text/paths';

const item = (name: string, more: Partial<Item> = {}): Item => ({
  name,
  path: `/home/ada/${name}`,
  folder: !name.includes('.'),
  hidden: false,
  size: 1,
  modified: 0,
  ...more,
});
const entries = [item('Reports'), item('a.md'), item('b.txt'), item('.secret.md', { hidden: true })];
const shelf = {
  path: '/home/ada',
  parent: '/home',
  entries,
  more: false,
  wide: true,
  home: '/home/ada',
  known: [],
};
const picker = (more: Partial<Picker> = {}): Picker => ({
  id: 3,
  extension: 'x.feed',
  title: 'Feed Reader',
  stage: 'choose',
  kind: 'file',
  multiple: false,
  writable: false,
  name: '',
  extensions: [],
  remember: false,
  names: [],
  reason: '',
  of: '',
  what: '',
  items: [],
  ...more,
});

let calls: [string, unknown][];
let refusal: Error | undefined;
const client = {
  call: (method: string, params: unknown) => {
    calls.push([method, params]);
    if (refusal) return Promise.reject(refusal);
    return Promise.resolve(method === 'pick.browse' ? shelf : {});
  },
} as unknown as HostClient;

async function opened(more: Partial<Picker> = {}): Promise<PickerState> {
  const state = new PickerState(client, picker(more));
  await state.browse('');
  calls = [];
  return state;
}

beforeEach(() => {
  calls = [];
  refusal = undefined;
});

describe('picking', () => {
  it('a file: one, and only a file', async () => {
    const state = await opened();
    expect(state.rows.map((r) => r.name)).toEqual(['Reports', 'a.md', 'b.txt']);
    expect(state.paths).toEqual([]);
    state.select(entries[1] as Item, true);
    state.select(entries[2] as Item, true);
    expect(state.paths).toEqual(['/home/ada/b.txt']);
    state.select(entries[0] as Item, false);
    expect(state.paths).toEqual([]);
    await state.answer();
    expect(calls).toEqual([]);
  });

  it('several files where that is asked for', async () => {
    const state = await opened({ multiple: true });
    state.select(entries[1] as Item, true);
    state.select(entries[2] as Item, true);
    state.select(entries[1] as Item, true);
    expect(state.paths).toEqual(['/home/ada/b.txt']);
    state.remember = true;
    await state.answer();
    expect(calls).toEqual([['pick.answer', { id: 3, paths: ['/home/ada/b.txt'], remember: true }]]);
  });

  it('the folder one is in, or one in it, but none that holds everything', async () => {
    const state = await opened({ kind: 'folder' });
    expect(state.paths).toEqual([]);
    state.select(entries[0] as Item, false);
    expect(state.paths).toEqual(['/home/ada/Reports']);
    state.shelf = { ...shelf, path: '/home/ada/Reports', wide: false };
    state.chosen = [];
    expect(state.paths).toEqual(['/home/ada/Reports']);
  });

  it('a name to save under, and says what that replaces', async () => {
    const state = await opened({ kind: 'save', name: 'new.md' });
    expect(state.paths).toEqual(['/home/ada/new.md']);
    expect(state.replaces).toBe(false);
    state.select(entries[1] as Item, false);
    expect([state.name, state.replaces]).toEqual(['a.md', true]);
    state.name = '  ';
    expect(state.paths).toEqual([]);
  });

  it('shows wanted endings, and the rest when asked to', async () => {
    const state = await opened({ extensions: ['md'] });
    expect(state.rows.map((r) => r.name)).toEqual(['Reports', 'a.md']);
    state.everything = true;
    state.hidden = true;
    expect(state.rows).toHaveLength(4);
  });

  it('goes into a folder, and takes a file, with one key', async () => {
    const state = await opened();
    await state.open(entries[0] as Item);
    expect(calls).toEqual([['pick.browse', { id: 3, path: '/home/ada/Reports' }]]);
    calls = [];
    await state.open(entries[1] as Item);
    expect(calls[0]).toEqual(['pick.answer', { id: 3, paths: ['/home/ada/a.md'], remember: false }]);
  });

  it('stays open with the reason when it is refused', async () => {
    const state = await opened();
    refusal = new HostError('files.protected', 'No app gets at this place.');
    await state.open(entries[1] as Item);
    expect(state.error?.code).toBe('files.protected');
  });

  it('answers whether to remember without any path', async () => {
    const state = new PickerState(client, picker({ stage: 'remember', names: ['a.md'] }));
    await state.answer(true);
    expect(calls).toEqual([['pick.answer', { id: 3, paths: [], remember: true }]]);
  });
});

describe('paths', () => {
  it('are told folder by folder', () => {
    expect(crumbs('/home/ada/Reports/x', '/home/ada', 'Home')).toEqual([
      { name: 'Home', path: '/home/ada' },
      { name: 'Reports', path: '/home/ada/Reports' },
      { name: 'x', path: '/home/ada/Reports/x' },
    ]);
    expect(crumbs('/media/ada', '/home/ada', 'Home').map((c) => c.path)).toEqual([
      '/',
      '/media',
      '/media/ada',
    ]);
    expect(crumbs('/home/adam', '/home/ada', 'Home').map((c) => c.name)).toEqual(['/', 'home', 'adam']);
    expect(crumbs('C:\\Data\\x', '', 'Home').map((c) => c.path)).toEqual(['C:\\', 'C:\\Data', 'C:\\Data\\x']);
  });

  it('are joined with the separator they have', () => {
    expect([joined('/', 'a'), joined('/b', 'a'), joined('C:\\', 'a'), joined('C:\\b', 'a')]).toEqual([
      '/a',
      '/b/a',
      'C:\\a',
      'C:\\b\\a',
    ]);
  });
});

it('letters find rows, going on and narrowing down', () => {
  let now = 0;
  const find = typeahead(() => now);
  const names = ['Archive', 'beta', 'Bravo', 'charlie'];
  expect(find('b', names, 0)).toBe(1);
  expect(find('r', names, 1)).toBe(2);
  now += 1000;
  expect(find('b', names, 2)).toBe(1);
  now += 1000;
  expect(find('x', names, 1)).toBe(-1);
});
