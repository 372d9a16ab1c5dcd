import { describe, expect, it } from 'vitest';
import { Refusal, connected } from './fakehost.ts';

describe('clipboard', () => {
  it('is written and read', async () => {
    let held = '';
    const { vault } = await connected(({ method, params }) => {
      if (method === 'clipboard.read') return { text: held };
      held = String(params.text);
      return {};
    });
    await vault.clipboard.writeText('copied');
    expect(await vault.clipboard.readText()).toBe('copied');
  });

  it('tells why it is not read', async () => {
    const { vault } = await connected(() => new Refusal('clipboard.no_input', 'Nobody pressed a key.'));
    await expect(vault.clipboard.readText()).rejects.toMatchObject({ code: 'clipboard.no_input' });
  });

  it('is refused where the host answers something else', async () => {
    const { vault } = await connected(() => ({ text: 7 }));
    await expect(vault.clipboard.readText()).rejects.toMatchObject({ code: 'reply.malformed' });
  });
});

describe('notifications', () => {
  it('are sent with both texts, and taken back by their id', async () => {
    const { host, vault } = await connected(({ method }) =>
      method === 'notifications.show' ? { id: 'n1' } : {},
    );
    await vault.notifications.show({ title: 'Tide', body: 'High at 14:02' });
    await vault.notifications.dismiss(await vault.notifications.show({ body: 'High at 14:02' }));
    expect(host.requests.map((request) => [request.method, request.params])).toStrictEqual([
      ['notifications.show', { title: 'Tide', body: 'High at 14:02' }],
      ['notifications.show', { title: '', body: 'High at 14:02' }],
      ['notifications.dismiss', { id: 'n1' }],
    ]);
  });

  it('are refused where the host gives no id', async () => {
    const { vault } = await connected(() => ({}));
    await expect(vault.notifications.show({ title: 'Tide' })).rejects.toMatchObject({
      code: 'reply.malformed',
    });
  });
});
