// Values that the app keeps.
import { code, nothing, type Case } from '../case';

export const storage: Case[] = [
  { sdk: 'storage.getItem', what: 'of none', run: (s) => s.storage.getItem('k'), expect: null },
  { sdk: 'storage.setItem', run: (s) => s.storage.setItem('k', 'v'), expect: nothing },
  { sdk: 'storage.setItem', what: 'to nothing', run: (s) => s.storage.setItem('l', ''), expect: nothing },
  { sdk: 'storage.getItem', run: (s) => s.storage.getItem('k'), expect: 'v' },
  { sdk: 'storage.getItem', what: 'of an empty one', run: (s) => s.storage.getItem('l'), expect: '' },
  { sdk: 'storage.keys', run: (s) => s.storage.keys(), expect: ['k', 'l'] },
  {
    sdk: 'storage.removeItem',
    run: (s) => s.storage.removeItem('k').then(() => s.storage.keys()),
    expect: ['l'],
  },
  { sdk: 'storage.removeItem', what: 'of none', run: (s) => s.storage.removeItem('k'), expect: nothing },
  { sdk: 'storage.clear', run: (s) => s.storage.clear().then(() => s.storage.keys()), expect: [] },
  {
    sdk: 'storage.setItem',
    what: 'of no text',
    run: (s) => s.storage.setItem('k', 7 as never),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'storage.removeItem',
    what: 'without a key',
    run: (s) => s.storage.removeItem(undefined as never),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'storage.getItem',
    what: 'without a key',
    run: (s) => s.storage.getItem(undefined as never),
    expect: code(3001, 'request.malformed'),
  },
];
