// What the client tells of itself and its place, and names of tables.
import { isText, nothing, type Case } from '../case';
import { publicKey } from '../given.json';

const full = (table: string) => `${publicKey}__haex-conformance__${table}`;

export const client: Case[] = [
  { sdk: 'ready', run: (s) => s.ready(), expect: nothing },
  {
    sdk: 'context',
    run: (s) => s.context,
    expect: {
      theme: (got: unknown) => got === 'light' || got === 'dark',
      locale: isText,
      platform: 'linux',
      deviceId: (got: unknown) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(String(got)),
    },
  },
  {
    sdk: 'extensionInfo',
    run: (s) => s.extensionInfo,
    expect: { publicKey, name: 'haex-conformance', version: '1.0.0', displayName: 'haex-conformance' },
  },
  {
    sdk: 'onSetup',
    run: (s, { found }) =>
      s.onSetup(() => {
        found.setup = 'has run';
        return Promise.resolve();
      }),
    expect: nothing,
  },
  {
    sdk: 'setupComplete',
    run: (s, { found }) => s.setupComplete().then(() => found.setup),
    expect: 'has run',
  },
  { sdk: 'setupCompleted', run: (s) => s.setupCompleted, expect: true },
  { sdk: 'getTableName', run: (s) => s.getTableName('notes'), expect: `"${full('notes')}"` },
  {
    sdk: 'getDependencyTableName',
    run: (s) => s.getDependencyTableName('0'.repeat(64), 'other', 'x'),
    expect: `"${'0'.repeat(64)}__other__x"`,
  },
  {
    sdk: 'parseTableName',
    run: (s) => s.parseTableName(full('notes')),
    expect: { publicKey, extensionName: 'haex-conformance', tableName: 'notes' },
  },
];
