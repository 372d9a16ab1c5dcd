// Shared spaces.
import { answered, here, type Case } from '../case';
import { publicKey } from '../given.json';

const table = `${publicKey}__haex-conformance__notes`;
const by = (method: string) => here(`extension_space_${method}`, answered);

export const spaces: Case[] = [
  { sdk: 'spaces.listSpacesAsync', run: (s) => s.spaces.listSpacesAsync(), expect: by('list') },
  {
    sdk: 'spaces.assignAsync',
    run: (s) => s.spaces.assignAsync([{ tableName: table, rowPks: '{"id":"a"}', spaceId: 's' }]),
    expect: by('assign'),
  },
  {
    sdk: 'spaces.assignRowAsync',
    run: (s) => s.spaces.assignRowAsync(table, '{"id":"a"}', 's'),
    expect: by('assign'),
  },
  {
    sdk: 'spaces.getAssignmentsAsync',
    run: (s) => s.spaces.getAssignmentsAsync(table, '{"id":"a"}'),
    expect: by('get_assignments'),
  },
  {
    sdk: 'spaces.unassignAsync',
    run: (s) => s.spaces.unassignAsync([{ tableName: table, rowPks: '{"id":"a"}', spaceId: 's' }]),
    expect: by('unassign'),
  },
  {
    sdk: 'spaces.unassignRowAsync',
    run: (s) => s.spaces.unassignRowAsync(table, '{"id":"a"}', 's'),
    expect: by('unassign'),
  },
];
