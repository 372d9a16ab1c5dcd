import { addressOf, isOutside } from './place';

/** Starts of workers by what they start, so that a page that makes many has few. */
const starts = new Map<string, string>();

/**
 * A frame of an opaque origin may start workers from blob: only. So a worker of
 * the app's own files starts from one that loads the file.
 */
export function standForWorkers(): void {
  const Own = window.Worker;
  window.Worker = class extends Own {
    constructor(source: string | URL, options?: WorkerOptions) {
      super(startOf(source, options?.type === 'module'), options);
    }
  };
}

function startOf(source: string | URL, module: boolean): string | URL {
  const address = addressOf(String(source));
  if (address === null || /^(blob|data):$/.test(address.protocol) || isOutside(address)) return source;
  const key = `${module ? 'module' : 'classic'} ${address.href}`;
  let start = starts.get(key);
  if (start === undefined) {
    const text = (module ? moduleStart : classicStart)(JSON.stringify(address.href));
    start = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    starts.set(key, start);
  }
  return start;
}

const moduleStart = (file: string) => `import ${file};`;

/** What the worker loads itself is relative to its file, and not to the blob. */
const classicStart = (file: string) =>
  `{ const load = importScripts; self.importScripts = (...all) => load(...all.map((one) => new URL(one, ${file}).href)); load(${file}); }`;
