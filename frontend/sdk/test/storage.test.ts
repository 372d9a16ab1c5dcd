import { describe, expect, it } from 'vitest';
import { connected } from './fakehost.ts';

describe('storage', () => {
  it('is asked for by the names and arguments of the bridge', async () => {
    const asked: [string, Record<string, unknown>][] = [];
    const storage = { id: 's', name: 'Backups', own: true };
    const replies: Record<string, unknown> = {
      'storage.places': { storages: [storage] },
      'storage.add': { storage },
      'storage.change': { storage: { ...storage, name: 'Old' } },
      'storage.list': { objects: [{ key: 'a', size: 2, changed: 1 }], more: true },
      'storage.get': { data: new Uint8Array([1, 2]) },
    };
    const { vault } = await connected((request: { method: string; params: Record<string, unknown> }) => {
      asked.push([request.method, request.params]);
      return replies[request.method] ?? {};
    });
    const { storage: s3 } = vault;
    const draft = { name: 'Backups', bucket: 'alcove', accessKey: 'a', secret: 'b' };
    expect((await s3.places())[0]?.name).toBe('Backups');
    expect((await s3.add(draft)).id).toBe('s');
    expect((await s3.change('s', { name: 'Old' })).name).toBe('Old');
    await s3.test('s');
    expect(await s3.list('s', { prefix: 'a', after: '0', limit: 1 })).toStrictEqual({
      objects: [{ key: 'a', size: 2, changed: 1 }],
      more: true,
    });
    expect(await s3.get('s', 'a')).toStrictEqual(new Uint8Array([1, 2]));
    await s3.put('s', 'a', 'text');
    await s3.delete('s', 'a');
    await s3.remove('s');
    expect(asked).toStrictEqual([
      ['storage.places', {}],
      ['storage.add', draft],
      ['storage.change', { name: 'Old', id: 's' }],
      ['storage.test', { storage: 's' }],
      ['storage.list', { prefix: 'a', after: '0', limit: 1, storage: 's' }],
      ['storage.get', { storage: 's', key: 'a' }],
      ['storage.put', { storage: 's', key: 'a', data: 'text' }],
      ['storage.delete', { storage: 's', key: 'a' }],
      ['storage.remove', { id: 's' }],
    ]);
  });

  it('is refused where the host answers something else', async () => {
    const { vault } = await connected(() => ({ data: 'x', storage: 7 }));
    for (const call of [() => vault.storage.get('s', 'a'), () => vault.storage.change('s', {})]) {
      await expect(call()).rejects.toMatchObject({ code: 'reply.malformed' });
    }
  });
});
