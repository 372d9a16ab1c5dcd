// Storage elsewhere: the person's, which the app may use once it is allowed, and
// one that the app adds itself. Both are a bucket at the same server.
import { absent, code, isDate, isText, nothing, type Case, type Given } from '../case';
import { storage } from '../given.json';

const { endpoint, region, bucket } = storage;
const nobody = '00000000-0000-7000-8000-000000000000';
const persons = ({ found }: Given) => found.storage ?? '';
const own = ({ found }: Given) => found.ownStorage ?? '';
/** A storage as the app is told of it: nothing that opens it. */
const told = (name: string, at = region) => ({
  id: isText,
  type: 's3',
  name,
  enabled: true,
  createdAt: isDate,
  config: { endpoint, region: at, bucket, accessKeyId: absent, secretAccessKey: absent },
});
const add = (name: string, change = {}) => ({
  name,
  type: 's3' as const,
  config: { ...storage, pathStyle: true, ...change },
});

const ofThePerson: Case[] = [
  {
    sdk: 'remoteStorage.backends.list',
    what: 'that the person does not allow',
    person: [{ do: 'answer', about: 'read files in Backups', choice: 'Don’t allow' }],
    run: (s) => s.remoteStorage.backends.list(),
    expect: (got: { code: number }) => got.code === 1002,
  },
  {
    sdk: 'remoteStorage.backends.list',
    person: [{ do: 'answer', about: 'read files in Backups', choice: 'While open' }],
    run: async (s, { found }) => {
      const list = await s.remoteStorage.backends.list();
      found.storage = list[0]?.id ?? '';
      return list;
    },
    expect: [told('Backups')],
  },
  {
    sdk: 'remoteStorage.backends.test',
    run: (s, given) => s.remoteStorage.backends.test(persons(given)),
    expect: nothing,
  },
  {
    sdk: 'remoteStorage.backends.test',
    what: 'of none',
    run: (s) => s.remoteStorage.backends.test(nobody),
    expect: code(1001, 'items.no_storage'),
  },
  {
    sdk: 'remoteStorage.upload',
    person: [{ do: 'answer', about: 'change and delete files in Backups', choice: 'While open' }],
    run: (s, given) => s.remoteStorage.upload(persons(given), 'a/x.bin', new Uint8Array([0, 255])),
    expect: nothing,
  },
  {
    sdk: 'remoteStorage.upload',
    what: 'to a key that leads up',
    run: (s, given) => s.remoteStorage.upload(persons(given), '../x', new Uint8Array([1])),
    expect: code(3001, 'storage.key'),
  },
  {
    sdk: 'remoteStorage.download',
    run: (s, given) => s.remoteStorage.download(persons(given), 'a/x.bin'),
    expect: [0, 255],
  },
  {
    sdk: 'remoteStorage.list',
    what: 'of what begins like this',
    run: (s, given) => s.remoteStorage.list(persons(given), 'a/'),
    expect: [{ key: 'a/x.bin', size: 2, lastModified: isDate }],
  },
  {
    sdk: 'remoteStorage.list',
    what: 'of none',
    run: (s) => s.remoteStorage.list(nobody),
    expect: code(1001, 'items.no_storage'),
  },
  {
    sdk: 'remoteStorage.delete',
    run: async (s, given) => {
      await s.remoteStorage.delete(persons(given), 'a/x.bin');
      return s.remoteStorage.list(persons(given));
    },
    expect: [],
  },
  {
    sdk: 'remoteStorage.delete',
    what: 'without a key',
    run: (s, given) => s.remoteStorage.delete(persons(given), undefined as never),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'remoteStorage.download',
    what: 'of what is deleted',
    run: (s, given) => s.remoteStorage.download(persons(given), 'a/x.bin'),
    expect: code(1001, 'storage.no_object'),
  },
  {
    sdk: 'remoteStorage.backends.update',
    what: 'of the person’s',
    run: (s, given) => s.remoteStorage.backends.update({ backendId: persons(given), name: 'n' }),
    expect: code(1002, 'storage.not_own'),
  },
  {
    sdk: 'remoteStorage.backends.remove',
    what: 'of the person’s',
    run: (s, given) => s.remoteStorage.backends.remove(persons(given)),
    expect: code(1002, 'storage.not_own'),
  },
];

const ofItsOwn: Case[] = [
  {
    sdk: 'remoteStorage.backends.add',
    what: 'without what opens it',
    run: (s) => s.remoteStorage.backends.add(add('Mine', { accessKeyId: '' })),
    expect: code(3001, 'items.access_key'),
  },
  {
    sdk: 'remoteStorage.backends.add',
    person: [
      { do: 'answer', about: 'add the storage', choice: 'Once' },
      { do: 'answer', about: 'own network', choice: 'While open' },
    ],
    run: async (s, { found }) => {
      const added = await s.remoteStorage.backends.add(add('Mine'));
      found.ownStorage = added.id;
      return added;
    },
    expect: told('Mine'),
  },
  {
    sdk: 'remoteStorage.backends.test',
    what: 'of its own',
    run: (s, given) => s.remoteStorage.backends.test(own(given)),
    expect: nothing,
  },
  {
    sdk: 'remoteStorage.backends.update',
    what: 'of its own, whose keys stay',
    run: async (s, given) => {
      const change = { backendId: own(given), name: 'Ours', config: { region: 'eu-central-1' } };
      const changed = await s.remoteStorage.backends.update(change);
      await s.remoteStorage.backends.test(own(given));
      return changed;
    },
    expect: told('Ours', 'eu-central-1'),
  },
  {
    sdk: 'remoteStorage.backends.update',
    what: 'to keys that open nothing',
    run: async (s, given) => {
      await s.remoteStorage.backends.update({ backendId: own(given), config: { accessKeyId: 'AKIDWRONG' } });
      return s.remoteStorage.backends.test(own(given));
    },
    expect: code(6000, 'storage.login'),
  },
  {
    sdk: 'remoteStorage.backends.remove',
    run: async (s, given) => {
      await s.remoteStorage.backends.remove(own(given));
      return s.remoteStorage.backends.list();
    },
    expect: [told('Backups')],
  },
  {
    sdk: 'remoteStorage.upload',
    what: 'to one that is removed',
    run: (s, given) => s.remoteStorage.upload(own(given), 'k', new Uint8Array([1])),
    expect: code(1001, 'items.no_storage'),
  },
];

export const remoteStorage: Case[] = [...ofThePerson, ...ofItsOwn];
