import { describe, expect, it } from 'vitest';
import { connected } from './fakehost.ts';

/** A host that keeps secrets in memory. */
function keeper() {
  const kept = new Map<string, { value: unknown; ask: unknown }>();
  return (request: { method: string; params: Record<string, unknown> }) => {
    const { name, value, ask } = request.params;
    const has = kept.has(String(name));
    switch (request.method) {
      case 'secrets.set':
        kept.set(String(name), { value, ask });
        return {};
      case 'secrets.get':
        return { found: has, value: kept.get(String(name))?.value ?? null };
      case 'secrets.delete':
        return { deleted: kept.delete(String(name)) };
      default:
        return { secrets: [...kept].map(([n, s]) => ({ name: n, ask: s.ask, updatedAt: 5 })) };
    }
  };
}

describe('secrets', () => {
  it('come back as they were set, text or bytes', async () => {
    const { vault } = await connected(keeper());
    await vault.secrets.set('token', 'abc');
    await vault.secrets.set('key', new Uint8Array([0, 255]), { ask: true });
    expect(await vault.secrets.get('token')).toBe('abc');
    expect(await vault.secrets.get('key')).toStrictEqual(new Uint8Array([0, 255]));
    expect(await vault.secrets.get('none')).toBeUndefined();
    expect(await vault.secrets.list()).toStrictEqual([
      { name: 'token', ask: false, updatedAt: 5 },
      { name: 'key', ask: true, updatedAt: 5 },
    ]);
    expect(await vault.secrets.delete('token')).toBe(true);
    expect(await vault.secrets.delete('token')).toBe(false);
  });

  it('are refused where the host answers something else', async () => {
    const { vault } = await connected(() => ({ found: true, value: 7 }));
    await expect(vault.secrets.get('token')).rejects.toMatchObject({ code: 'reply.malformed' });
  });
});
