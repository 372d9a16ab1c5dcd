// What would stay behind outside the vault, and ways to meet other apps.
import { either, pause } from '../page.js';

const kept = (what) => async () => {
  what();
  return 'OPEN: kept';
};

export const storage = [
  ['store.local', 'localStorage', kept(() => localStorage.setItem('hostile', '1'))],
  ['store.session', 'sessionStorage', kept(() => sessionStorage.setItem('hostile', '1'))],
  [
    'store.cookie',
    'cookies',
    async () => {
      document.cookie = 'hostile=1';
      return document.cookie ? 'OPEN: kept' : 'dead: ignored';
    },
  ],
  [
    'store.cookie-store',
    'the cookie store',
    async () => {
      await cookieStore.set('hostile', '1');
      return 'OPEN: kept';
    },
  ],
  [
    'store.indexed',
    'IndexedDB',
    either((open, dead) => {
      const r = indexedDB.open('hostile');
      r.onsuccess = () => open('open');
      r.onerror = () => dead('error');
    }),
  ],
  [
    'store.caches',
    'the cache store',
    async () => {
      await caches.open('hostile');
      return 'OPEN: open';
    },
  ],
  [
    'store.opfs',
    'the origin’s private file system',
    async () => {
      await navigator.storage.getDirectory();
      return 'OPEN: open';
    },
  ],
  [
    'store.persist',
    'asking to be kept for good',
    async () => ((await navigator.storage.persist()) ? 'OPEN: granted' : 'dead: refused'),
  ],
  [
    'store.access',
    'asking for the top site’s storage',
    async () => {
      await document.requestStorageAccess();
      localStorage.setItem('hostile', '1');
      return 'OPEN: granted';
    },
  ],
  [
    'store.broadcast',
    'a BroadcastChannel that another app hears',
    async () => {
      const c = new BroadcastChannel('alcove');
      for (let i = 0; i < 5; i++) {
        c.postMessage('hostile');
        await pause(20);
      }
      c.close();
    },
  ],
  [
    'store.locks',
    'locks that another app holds',
    async () => {
      const { held } = await navigator.locks.query();
      return held.some((l) => l.name === 'neighbour') ? 'OPEN: seen' : 'dead: not seen';
    },
  ],
];
