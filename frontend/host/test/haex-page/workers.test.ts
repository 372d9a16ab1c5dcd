// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fresh } from './page';

const started: { source: string; type: string | undefined }[] = [];
/** The engine's own, which notes what it was asked to start. */
class Engine {
  readonly onmessage = null;
  constructor(source: string | URL, options?: WorkerOptions) {
    started.push({ source: String(source), type: options?.type });
  }
}
const { createObjectURL } = URL;
let blobs: Map<string, Blob>;

beforeEach(async () => {
  started.length = 0;
  blobs = new Map();
  URL.createObjectURL = (blob: Blob) => {
    const address = `blob:null/${String(blobs.size)}`;
    blobs.set(address, blob);
    return address;
  };
  window.Worker = Engine as never;
  const { standForWorkers } = await fresh(() => import('../../src/haex-page/workers'));
  standForWorkers();
});
afterEach(() => {
  URL.createObjectURL = createObjectURL;
  Reflect.deleteProperty(window, 'Worker');
});

const textOf = async (source = '') => {
  const blob = blobs.get(source) as Blob;
  return new Promise<string>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.readAsText(blob);
  });
};
const file = (path: string) => new URL(path, document.baseURI).href;

it('starts a module of the app from a blob that imports it', async () => {
  const worker = new Worker('./assets/a.worker.js', { type: 'module', name: 'w' });
  expect(worker).toBeInstanceOf(Engine);
  const [first] = started;
  expect(first).toEqual({ source: 'blob:null/0', type: 'classic' });
  expect(await textOf(first?.source)).toContain(`import("${file('assets/a.worker.js')}")`);
});

it('starts a script of the app from a blob whose importScripts begins at the file', async () => {
  new Worker(new URL('lib/b.js', document.baseURI));
  const text = await textOf(started[0]?.source);
  const loaded: string[] = [];
  const scope = { importScripts: (...all: string[]) => loaded.push(...all) };
  // As in a worker, where self is the scope whose names there are.
  new Function('self', 'importScripts', text)(scope, scope.importScripts);
  scope.importScripts('./c.js', '/d.js');
  expect(loaded).toEqual([file('lib/b.js'), file('lib/c.js'), file('/d.js')]);
});

it('makes one blob of a file, however many workers there are', () => {
  for (const source of ['a.js', './a.js', file('a.js')]) new Worker(source);
  new Worker('a.js', { type: 'module' });
  expect(new Set(started.map(({ source }) => source)).size).toBe(2);
  expect(blobs.size).toBe(2);
});

it('cannot be made to run text by the name of a file', async () => {
  new Worker('a.js?"+alert(1)+"', { type: 'module' });
  expect(await textOf(started[0]?.source)).toContain('import("http://localhost:3000/a.js?%22+alert(1)+%22")');
});

it('leaves alone what starts by itself, and what is not the app’s', () => {
  for (const source of ['blob:null/x', 'data:text/javascript,1', 'https://other.example/w.js'])
    new Worker(source, { type: 'module' });
  expect(started).toEqual([
    { source: 'blob:null/x', type: 'module' },
    { source: 'data:text/javascript,1', type: 'module' },
    { source: 'https://other.example/w.js', type: 'module' },
  ]);
  expect(blobs.size).toBe(0);
});
