import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { connected } from './fakehost.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** What stands in the section of a capability. */
const section = (name: string) =>
  readme.split(/^### /m).find((text) => text.startsWith(`\`vault.${name}\``)) ?? '';

it('names every call in the README, which is their reference', async () => {
  const { vault } = await connected(() => ({}));
  const missing: string[] = [];
  for (const [name, member] of Object.entries(vault) as [string, unknown][]) {
    if (typeof member === 'function') {
      if (!readme.includes(`vault.${name}(`)) missing.push(name);
    } else if (name !== 'context') {
      for (const call of Object.keys(member as object))
        if (!new RegExp(`\`${call}\\b`).test(section(name))) missing.push(`${name}.${call}`);
    }
  }
  expect(missing).toStrictEqual([]);
});
