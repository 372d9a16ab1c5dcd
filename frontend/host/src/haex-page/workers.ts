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
      const start = startOf(source, options?.type === 'module');
      super(start ?? source, start === null ? options : { ...options, type: 'classic' });
    }
  };
}

/** The address of what loads a file of the app in a worker, or null for what needs nothing. */
function startOf(source: string | URL, module: boolean): string | null {
  const address = addressOf(String(source));
  if (address === null || /^(blob|data):$/.test(address.protocol) || isOutside(address)) return null;
  const key = `${module ? 'module' : 'classic'} ${address.href}`;
  let start = starts.get(key);
  if (start === undefined) {
    const text = (module ? moduleStart : classicStart)(JSON.stringify(address.href));
    start = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    starts.set(key, start);
  }
  return start;
}

/**
 * Chromium starts no module from a blob of an opaque origin, so a module is
 * imported by a classic worker. What is said to it before it listens waits.
 */
const moduleStart = (file: string) => `{
  const held = [];
  const hold = (event) => { held.push(event); event.stopImmediatePropagation(); };
  addEventListener('message', hold);
  import(${file}).then(() => {
    removeEventListener('message', hold);
    for (const { data, ports } of held) dispatchEvent(new MessageEvent('message', { data, ports }));
  }, (error) => setTimeout(() => { throw error; }));
}`;

/** What the worker loads itself is relative to its file, and not to the blob. */
const classicStart = (file: string) => `{
  const load = importScripts;
  self.importScripts = (...all) => load(...all.map((one) => new URL(one, ${file}).href));
  load(${file});
}`;
