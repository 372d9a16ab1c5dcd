import { beforeEach, describe, expect, it } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import { HostError } from '../src/lib/api/errors';
import type { Storage } from '../src/lib/api/items';
import { StoragesState } from '../src/lib/state/storages.svelte';

const backups: Storage = {
  id: 's',
  name: 'Backups',
  endpoint: 'https://s3.example.com',
  region: 'us-east-1',
  bucket: 'alcove',
  prefix: '',
  pathStyle: true,
  accessKey: 'AKIA',
  owner: '',
};
let calls: [string, Record<string, unknown>][];
let refusal: Error | undefined;
const client = {
  call: (method: string, params: Record<string, unknown> = {}) => {
    calls.push([method, params]);
    if (refusal) return Promise.reject(refusal);
    return Promise.resolve(method === 'storages.list' ? { storages: [backups] } : {});
  },
} as unknown as HostClient;

beforeEach(() => {
  calls = [];
  refusal = undefined;
});

describe('storages', () => {
  it('are changed without saying the secret key again', async () => {
    const page = new StoragesState(client);
    await page.load();
    page.write(backups);
    expect(page.draft?.secret).toBe('');
    if (page.draft) page.draft.bucket = 'other';
    expect(await page.save()).toBe(true);
    const { owner: _, ...written } = backups;
    expect(calls[1]).toEqual(['storages.change', { ...written, bucket: 'other', secret: '' }]);
    expect(page.draft).toBeNull();
  });

  it('are tested as they are written, and say whose test it was', async () => {
    const page = new StoragesState(client);
    page.write(null);
    refusal = new HostError('storage.login', 'No.');
    if (page.draft) await page.test(page.draft);
    expect(calls[0]?.[1]).not.toHaveProperty('id');
    expect([page.tested?.id, page.tested?.error?.code, page.testing]).toEqual(['', 'storage.login', null]);
    expect(page.error).toBeNull();
    refusal = undefined;
    await page.test(backups);
    expect(page.tested).toEqual({ id: 's', error: null });
  });
});
