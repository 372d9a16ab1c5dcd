import { describe, expect, it } from 'vitest';
import { connected } from './fakehost.ts';

const head = {
  id: 'a',
  title: 'Bank',
  username: 'ada',
  urls: ['https://bank.example'],
  tags: ['home'],
  created: 1,
  changed: 2,
};

describe('passwords', () => {
  it('are asked for by the names and arguments of the bridge', async () => {
    const asked: [string, Record<string, unknown>][] = [];
    const replies: Record<string, unknown> = {
      'passwords.list': {
        items: [{ ...head, hasPassword: true, hasTotp: true, hasNote: false, fields: 1, deleted: 0 }],
      },
      'passwords.get': {
        item: {
          ...head,
          password: 'p',
          note: '',
          totp: null,
          fields: [{ name: 'PIN', value: '1', hidden: true }],
          deleted: 0,
        },
      },
      'passwords.totp': { code: '012345', period: 30, until: 60_000 },
      'passwords.create': { id: 'b' },
    };
    const { vault } = await connected((request: { method: string; params: Record<string, unknown> }) => {
      asked.push([request.method, request.params]);
      return replies[request.method] ?? {};
    });
    expect(await vault.passwords.list()).toStrictEqual([
      { ...head, hasPassword: true, hasTotp: true, hasNote: false, fields: 1 },
    ]);
    await vault.passwords.list({ tag: 'home' });
    expect(await vault.passwords.get('a')).toStrictEqual({
      ...head,
      password: 'p',
      note: '',
      totp: null,
      fields: [{ name: 'PIN', value: '1', hidden: true }],
    });
    expect(await vault.passwords.totp('a')).toStrictEqual({ code: '012345', period: 30, until: 60_000 });
    expect(await vault.passwords.create({ title: 'New', tags: ['home'] })).toBe('b');
    await vault.passwords.update('a', { password: 'q' });
    await vault.passwords.delete('a');
    expect(asked).toStrictEqual([
      ['passwords.list', {}],
      ['passwords.list', { tag: 'home' }],
      ['passwords.get', { id: 'a' }],
      ['passwords.totp', { id: 'a' }],
      ['passwords.create', { title: 'New', tags: ['home'] }],
      ['passwords.update', { id: 'a', password: 'q' }],
      ['passwords.delete', { id: 'a' }],
    ]);
  });

  it('are refused where the host answers something else', async () => {
    const { vault } = await connected(() => ({ item: 7, code: 7, id: 7 }));
    for (const call of [
      () => vault.passwords.get('a'),
      () => vault.passwords.totp('a'),
      () => vault.passwords.create({ title: 'x' }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'reply.malformed' });
    }
  });
});
