// What would become of a call, without asking anybody.
import { code, type Case } from '../case';
import { publicKey } from '../given.json';

const own = `${publicKey}__haex-conformance__notes`;

export const permissions: Case[] = [
  {
    sdk: 'permissions.checkDatabaseAsync',
    run: (s) => s.permissions.checkDatabaseAsync(own, 'write'),
    expect: true,
  },
  {
    sdk: 'permissions.checkDatabaseAsync',
    what: 'of what is nobody’s',
    run: (s) => s.permissions.checkDatabaseAsync('alcove_kv', 'read'),
    expect: false,
  },
  {
    sdk: 'permissions.checkDatabaseAsync',
    what: 'of no operation',
    run: (s) => s.permissions.checkDatabaseAsync(own, 'drop' as never),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'permissions.checkWebAsync',
    what: 'that is not decided',
    run: (s, { echo }) => s.permissions.checkWebAsync(`${echo}/a`),
    expect: false,
  },
  {
    sdk: 'permissions.checkWebAsync',
    what: 'of no address',
    run: (s) => s.permissions.checkWebAsync('nowhere'),
    expect: code(2005, 'net.address'),
  },
  {
    sdk: 'permissions.checkFilesystemAsync',
    run: (s) => s.permissions.checkFilesystemAsync('/etc/passwd', 'read'),
    expect: false,
  },
  {
    sdk: 'permissions.checkFilesystemAsync',
    what: 'of no operation',
    run: (s) => s.permissions.checkFilesystemAsync('/etc/passwd', 'see' as never),
    expect: code(3001, 'request.malformed'),
  },
];
