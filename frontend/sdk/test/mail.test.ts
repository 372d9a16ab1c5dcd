import { describe, expect, it } from 'vitest';
import { connected } from './fakehost.ts';

describe('mail', () => {
  it('is asked for by the names and arguments of the bridge', async () => {
    const asked: [string, Record<string, unknown>][] = [];
    const replies: Record<string, unknown> = {
      'mail.accounts': {
        accounts: [{ id: 'a', address: 'ada@example.com', name: '', fetch: true, send: false }],
      },
      'mail.folders': { folders: [{ name: 'INBOX', separator: '/', role: 'inbox', selectable: true }] },
      'mail.list': { messages: [{ uid: 3, subject: 'Hello' }], total: 3, validity: 1 },
      'mail.message': { message: { uid: 3, subject: 'Hello', text: 'body' } },
      'mail.attachment': { attachment: {}, data: new Uint8Array([1, 2]) },
      'mail.send': { messageId: 'x@example.com' },
    };
    const { vault } = await connected((request: { method: string; params: Record<string, unknown> }) => {
      asked.push([request.method, request.params]);
      return replies[request.method] ?? {};
    });
    const { mail } = vault;
    expect((await mail.accounts())[0]?.address).toBe('ada@example.com');
    expect((await mail.folders('a'))[0]?.role).toBe('inbox');
    expect(await mail.list('a', 'INBOX', { count: 10, before: 9 })).toMatchObject({ total: 3, validity: 1 });
    expect((await mail.message('a', 'INBOX', 3)).text).toBe('body');
    expect(await mail.attachment('a', 'INBOX', 3, 2)).toStrictEqual(new Uint8Array([1, 2]));
    await mail.flag('a', 'INBOX', [3], ['\\Seen']);
    await mail.move('a', 'INBOX', [3], 'Trash');
    await mail.append('a', 'Drafts', 'Subject: x', ['\\Draft']);
    expect(await mail.send('a', { to: [{ address: 'b@example.org' }], text: 'Hi' })).toBe('x@example.com');
    const account = 'a';
    const folder = 'INBOX';
    expect(asked).toStrictEqual([
      ['mail.accounts', {}],
      ['mail.folders', { account }],
      ['mail.list', { count: 10, before: 9, account, folder }],
      ['mail.message', { account, folder, uid: 3 }],
      ['mail.attachment', { account, folder, uid: 3, part: 2 }],
      ['mail.flag', { account, folder, uids: [3], flags: ['\\Seen'], add: true }],
      ['mail.move', { account, folder, uids: [3], to: 'Trash' }],
      ['mail.append', { account, folder: 'Drafts', message: 'Subject: x', flags: ['\\Draft'] }],
      ['mail.send', { to: [{ address: 'b@example.org' }], text: 'Hi', account }],
    ]);
  });

  it('is refused where the host answers something else', async () => {
    const { vault } = await connected(() => ({ message: 7, data: 'x', messageId: 7 }));
    for (const call of [
      () => vault.mail.message('a', 'INBOX', 1),
      () => vault.mail.attachment('a', 'INBOX', 1, 1),
      () => vault.mail.send('a', {}),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'reply.malformed' });
    }
  });
});
