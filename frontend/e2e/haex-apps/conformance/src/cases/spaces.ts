// The vault as the one space that there is, and which rows are noted as its.
import { absent, code, isDate, isText, type Case, type Given } from '../case';
import { publicKey } from '../given.json';

const table = `${publicKey}__haex-conformance__notes`;
const other = `${publicKey}__other__notes`;
const nowhere = '00000000-0000-8000-8000-000000000000';
const rows = ['{"id":"a"}', '{"id":"b"}'] as const;
const here = ({ found }: Given) => found.space ?? '';
const row = (given: Given, rowPks: string, more = {}) => ({
  tableName: table,
  rowPks,
  spaceId: here(given),
  ...more,
});
const group = { groupId: 'g', type: 'Page', label: 'First' };

export const spaces: Case[] = [
  {
    sdk: 'spaces.listSpacesAsync',
    what: 'that the person does not allow',
    person: [{ do: 'answer', about: 'see what this vault is called$', choice: 'Don’t allow' }],
    run: (s) => s.spaces.listSpacesAsync(),
    expect: (got: { code: number }) => got.code === 1002,
  },
  {
    sdk: 'spaces.listSpacesAsync',
    person: [{ do: 'answer', about: 'see what this vault is called$', choice: 'While open' }],
    run: async (s, { found }) => {
      const list = await s.spaces.listSpacesAsync();
      found.space = list[0]?.id ?? '';
      return list;
    },
    expect: [
      {
        id: isText,
        name: 'Home',
        originUrl: '',
        createdAt: isDate,
        capabilities: ['space/read', 'space/write'],
      },
    ],
  },
  {
    sdk: 'spaces.assignAsync',
    person: [{ do: 'answer', about: 'note which of its rows', choice: 'While open' }],
    run: (s, given) => s.spaces.assignAsync([row(given, rows[0], group), row(given, rows[1])]),
    expect: 2,
  },
  {
    sdk: 'spaces.assignRowAsync',
    what: 'a second time',
    run: (s, given) => s.spaces.assignRowAsync(table, rows[0], here(given)),
    expect: 0,
  },
  {
    sdk: 'spaces.getAssignmentsAsync',
    run: async (s, given) => {
      const list = await s.spaces.getAssignmentsAsync(table);
      return list.map((one) => ({ ...one, spaceId: one.spaceId === here(given) ? 'here' : one.spaceId }));
    },
    expect: [
      { tableName: table, rowPks: rows[0], spaceId: 'here', ...group },
      { tableName: table, rowPks: rows[1], spaceId: 'here', groupId: absent, type: absent, label: absent },
    ],
  },
  {
    sdk: 'spaces.getAssignmentsAsync',
    what: 'of one row',
    run: (s) => s.spaces.getAssignmentsAsync(table, rows[1]),
    expect: [{ rowPks: rows[1] }],
  },
  {
    sdk: 'spaces.getAssignmentsAsync',
    what: 'of another app’s table',
    run: (s) => s.spaces.getAssignmentsAsync(other),
    expect: code(1000, 'spaces.table'),
  },
  {
    sdk: 'spaces.unassignAsync',
    run: (s, given) => s.spaces.unassignAsync([row(given, rows[0])]),
    expect: 1,
  },
  {
    sdk: 'spaces.unassignRowAsync',
    run: async (s, given) => {
      const count = await s.spaces.unassignRowAsync(table, rows[1], here(given));
      return [count, await s.spaces.getAssignmentsAsync(table)];
    },
    expect: [1, []],
  },
  {
    sdk: 'spaces.assignAsync',
    what: 'to another space',
    run: (s, given) => s.spaces.assignAsync([row(given, rows[0], { spaceId: nowhere })]),
    expect: code(1001, 'spaces.not_found'),
  },
  {
    sdk: 'spaces.unassignRowAsync',
    what: 'of a key that is none',
    run: (s, given) => s.spaces.unassignRowAsync(table, '{"id":', here(given)),
    expect: code(3001, 'spaces.key'),
  },
];
