// The SDK as it is published, in a frame of Alcove, and what its tests share.
import { afterAll, beforeAll, expect } from 'vitest';
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { Served } from '../served';

export let served: Served;
export let sdk: HaexVaultSdk;
export let name: (table: string) => string;
const events: Record<string, unknown>[] = [];
/** Functions of the SDK that were called, and methods they sent. */
export const called = new Set<string>();
export const sent = new Set<string>();
export let functions: string[];

/** Waits for an event of the SDK. */
export async function event(type: string, matches: (event: Record<string, unknown>) => boolean = () => true) {
  return expect
    .poll(() => events.find((e) => e.type === type && matches(e)), { timeout: 20_000 })
    .toBeTruthy();
}
export const found = (type: string) => events.filter((e) => e.type === type);
export const says = (choice: string) => served.tell('/person', { choice });
export const picks = (...paths: string[]) => served.tell('/pick', { paths });

/** The code that a call fails with. */
export async function code(call: Promise<unknown>): Promise<unknown> {
  const failed = await call.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
  const { message } = failed as { message?: unknown };
  if (typeof message !== 'string') throw new Error(`no error: ${JSON.stringify(failed)}`);
  return (failed as { code: unknown }).code;
}

/** Notes what is called of a part of the SDK from now on, and answers the names of all there is. */
function follow(part: object, path: string): string[] {
  const own = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(part) as object);
  return Object.entries(own).flatMap(([key, { value }]) => {
    if (typeof value !== 'function' || key === 'constructor') return [];
    const run = value as (...args: unknown[]) => unknown;
    Object.assign(part, {
      [key]: (...args: unknown[]) => {
        called.add(path + key);
        return run.apply(part, args);
      },
    });
    return [path + key];
  });
}

beforeAll(async () => {
  served = await Served.start();
  const page = Object.assign(served.window, {
    self: 'the frame',
    top: 'the page',
    parent: { postMessage: () => undefined },
  });
  Object.assign(globalThis, { window: page });
  const { HaexVaultSdk, HAEXTENSION_EVENTS, SHELL_EVENTS } = await import('@haex-space/vault-sdk');
  const [publicKey = '', extension = ''] = served.about.context.prefix.split('__');
  sdk = new HaexVaultSdk({ manifest: { publicKey, name: extension, version: '1.0.0' } as never });
  for (const type of [...Object.values(HAEXTENSION_EVENTS), ...Object.values(SHELL_EVENTS)])
    sdk.on(type, (e) => events.push(e as unknown as Record<string, unknown>));
  // Its own helpers are no functions for authors.
  const inner = /^(web|shell)\.(arrayBuffer|base64|blob)/;
  functions = [
    ...Object.entries(sdk).flatMap(([part, api]: [string, unknown]) =>
      typeof api === 'object' && api !== null && api.constructor.name.endsWith('API')
        ? follow(api, `${part}.`)
        : [],
    ),
    ...follow(sdk.remoteStorage.backends, 'remoteStorage.backends.'),
  ].filter((path) => !inner.test(path));
  const request = sdk.request.bind(sdk);
  sdk.request = (method, params) => {
    sent.add(method);
    return request(method, params);
  };
  served.host.loaded();
  await sdk.ready();
  name = (table) => sdk.getTableName(table);
}, 120_000);

afterAll(async () => {
  sdk.destroy();
  expect(await served.end()).toBe(0);
});
