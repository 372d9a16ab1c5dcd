// Terminals: allowed with the passphrase, worked, and ended from both sides.
import type { EventCallback } from '@haex-space/vault-sdk';
import { code, isText, nothing, type Case } from '../case';

const ended: string[] = [];
const note: EventCallback = (event) => void ended.push((event as unknown as { sessionId: string }).sessionId);

export const shell: Case[] = [
  {
    sdk: 'shell.listAvailable',
    run: (s) => s.shell.listAvailable(),
    expect: [{ name: 'bash', path: (got: unknown) => /^\/.*bash$/.test(String(got)) }],
  },
  {
    sdk: 'shell.create',
    person: [{ do: 'answer', about: 'terminal', choice: 'While open', confirm: true }],
    run: async (s, { found }) => {
      const made = await s.shell.create({ shell: '/bin/bash', cols: 80, rows: 24 });
      found.session = made.sessionId;
      return made;
    },
    expect: { sessionId: isText, shellName: 'bash' },
  },
  {
    sdk: 'shell.resize',
    run: (s, { found }) => s.shell.resize(found.session ?? '', 100, 30),
    expect: nothing,
  },
  { sdk: 'shell.onData', run: (s) => s.shell.onData(note), expect: nothing },
  { sdk: 'shell.offData', run: (s) => s.shell.offData(note), expect: nothing },
  { sdk: 'shell.onExit', run: (s) => s.shell.onExit(note), expect: nothing },
  {
    sdk: 'shell.write',
    run: async (s, given) => {
      await s.shell.write(given.found.session ?? '', 'stty size; exit 4\n');
      const exit = await given.event('shell:exit');
      const output = given.heard('shell:output').map(({ data }) => String(data));
      return {
        ...exit,
        said: output.join('').includes('30 100'),
        mine: exit.sessionId === given.found.session,
      };
    },
    expect: { exitCode: 4, said: true, mine: true },
  },
  {
    sdk: 'shell.close',
    run: async (s, given) => {
      const { sessionId } = await s.shell.create();
      await s.shell.close(sessionId);
      const exit = await given.event('shell:exit', (event) => event.sessionId === sessionId);
      return { exitCode: exit.exitCode, ended: ended.length };
    },
    expect: { exitCode: null, ended: 2 },
  },
  { sdk: 'shell.offExit', run: (s) => s.shell.offExit(note), expect: nothing },
  {
    sdk: 'shell.create',
    what: 'with an environment',
    run: (s) => s.shell.create({ env: { A: 'b' } }),
    expect: code(2003, 'shell.environment'),
  },
  {
    sdk: 'shell.create',
    what: 'of a program that is not declared',
    run: (s) => s.shell.create({ shell: 'fish' }),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'shell.write',
    what: 'to one that has ended',
    run: (s, { found }) => s.shell.write(found.session ?? '', 'x'),
    expect: code(1001, 'haex.not_found'),
  },
  {
    sdk: 'shell.resize',
    what: 'of one that has ended',
    run: (s, { found }) => s.shell.resize(found.session ?? '', 80, 24),
    expect: code(1001, 'haex.not_found'),
  },
  {
    sdk: 'shell.close',
    what: 'of one that never was',
    run: (s) => s.shell.close('shell-0'),
    expect: code(1001, 'haex.not_found'),
  },
];
