// Storage elsewhere. What works is judged by `answered` until its own cases are
// written beside it.
import { answered, here, type Case } from '../case';

const config = { region: 'r', bucket: 'b', accessKeyId: 'k', secretAccessKey: 's' };
const by = (method: string) => here(`extension_remote_storage_${method}`, answered);

export const remoteStorage: Case[] = [
  {
    sdk: 'remoteStorage.backends.list',
    run: (s) => s.remoteStorage.backends.list(),
    expect: by('list_backends'),
  },
  {
    sdk: 'remoteStorage.backends.add',
    run: (s) => s.remoteStorage.backends.add({ name: 'n', type: 's3', config }),
    expect: by('add_backend'),
  },
  {
    sdk: 'remoteStorage.backends.update',
    run: (s) => s.remoteStorage.backends.update({ backendId: 'i', name: 'n' }),
    expect: by('update_backend'),
  },
  {
    sdk: 'remoteStorage.backends.test',
    run: (s) => s.remoteStorage.backends.test('i'),
    expect: by('test_backend'),
  },
  {
    sdk: 'remoteStorage.upload',
    run: (s) => s.remoteStorage.upload('i', 'k', new Uint8Array([1])),
    expect: by('upload'),
  },
  { sdk: 'remoteStorage.download', run: (s) => s.remoteStorage.download('i', 'k'), expect: by('download') },
  { sdk: 'remoteStorage.list', run: (s) => s.remoteStorage.list('i'), expect: by('list') },
  { sdk: 'remoteStorage.delete', run: (s) => s.remoteStorage.delete('i', 'k'), expect: by('delete') },
  {
    sdk: 'remoteStorage.backends.remove',
    run: (s) => s.remoteStorage.backends.remove('i'),
    expect: by('remove_backend'),
  },
];
