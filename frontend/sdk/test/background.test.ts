import { expect, it } from 'vitest';
import { Refusal, connected } from './fakehost.ts';

it('asks to go on without a tab, and takes it back', async () => {
  const { host, vault } = await connected(() => ({}));
  expect(await vault.background.run()).toBeUndefined();
  expect(await vault.background.stop()).toBeUndefined();
  expect(host.requests.map(({ method, params }) => [method, params])).toEqual([
    ['background.run', {}],
    ['background.stop', {}],
  ]);
});

it('tells that it may not', async () => {
  const { vault } = await connected(() => new Refusal('permission.denied', 'It is not allowed.'));
  await expect(vault.background.run()).rejects.toMatchObject({ code: 'permission.denied' });
});
