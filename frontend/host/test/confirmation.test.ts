import { describe, expect, it } from 'vitest';
import { HostClient } from '../src/lib/api/client';
import { pack, unpack } from '../src/lib/api/codec';
import { Confirmation } from '../src/lib/state/confirmation.svelte';

const right = 'correct horse';

/** A host that lets an app run programs with the passphrase only. */
function connected() {
  const sent: unknown[] = [];
  const send = async (_path: unknown, init?: RequestInit) => {
    const params = unpack(await new Response(init?.body).arrayBuffer()) as { passphrase?: string };
    sent.push(params);
    const error = (code: string) => ({ error: { code, message: 'No.' } });
    const answer =
      params.passphrase === right
        ? { ok: { extension: 'one' } }
        : error(params.passphrase === undefined ? 'grant.confirm' : 'vault.wrong_passphrase');
    return new Response(pack(answer));
  };
  const client = new HostClient(
    { get: () => Promise.resolve('t'), refused: () => false },
    send as typeof fetch,
  );
  const confirmation = new Confirmation();
  client.onconfirm = (repeat) => confirmation.ask(repeat);
  return { client, confirmation, sent };
}

const asked = async (confirmation: Confirmation) => {
  while (!confirmation.asking) await new Promise((resolve) => setTimeout(resolve));
};

describe('a call that needs the passphrase', () => {
  it('asks, says when it is wrong, and goes on with the right one', async () => {
    const { client, confirmation, sent } = connected();
    const answer = client.call('install.accept', { id: 'r' });
    await asked(confirmation);
    await confirmation.submit('wrong');
    expect(confirmation.error?.code).toBe('vault.wrong_passphrase');
    expect(confirmation.asking).toBe(true);
    await confirmation.submit(right);
    expect(await answer).toEqual({ extension: 'one' });
    expect(confirmation.asking).toBe(false);
    expect(sent).toEqual([{ id: 'r' }, { id: 'r', passphrase: 'wrong' }, { id: 'r', passphrase: right }]);
  });

  it('fails when the person says no', async () => {
    const { client, confirmation, sent } = connected();
    const answer = client.call('install.accept', { id: 'r' });
    await asked(confirmation);
    confirmation.cancel();
    await expect(answer).rejects.toMatchObject({ code: 'grant.confirm' });
    expect(sent).toHaveLength(1);
  });
});
