// What Alcove does not do, on purpose.
import { code, type Case } from '../case';

const refused = code(8000, 'method.unsupported');
const unknown = code(8000, 'method.unknown');
const some = {} as never;

export const apart: Case[] = [
  { sdk: 'localsend.init', run: (s) => s.localsend.init(), expect: refused },
  { sdk: 'localsend.getDeviceInfo', run: (s) => s.localsend.getDeviceInfo(), expect: refused },
  { sdk: 'localsend.setAlias', run: (s) => s.localsend.setAlias('a'), expect: refused },
  { sdk: 'localsend.getSettings', run: (s) => s.localsend.getSettings(), expect: refused },
  { sdk: 'localsend.setSettings', run: (s) => s.localsend.setSettings(some), expect: refused },
  { sdk: 'localsend.startDiscovery', run: (s) => s.localsend.startDiscovery(), expect: refused },
  { sdk: 'localsend.stopDiscovery', run: (s) => s.localsend.stopDiscovery(), expect: refused },
  { sdk: 'localsend.getDevices', run: (s) => s.localsend.getDevices(), expect: refused },
  { sdk: 'localsend.scanNetwork', run: (s) => s.localsend.scanNetwork(), expect: refused },
  { sdk: 'localsend.startServer', run: (s) => s.localsend.startServer(1), expect: refused },
  { sdk: 'localsend.stopServer', run: (s) => s.localsend.stopServer(), expect: refused },
  { sdk: 'localsend.getServerStatus', run: (s) => s.localsend.getServerStatus(), expect: refused },
  { sdk: 'localsend.getPendingTransfers', run: (s) => s.localsend.getPendingTransfers(), expect: refused },
  { sdk: 'localsend.acceptTransfer', run: (s) => s.localsend.acceptTransfer('s', '/d'), expect: refused },
  { sdk: 'localsend.rejectTransfer', run: (s) => s.localsend.rejectTransfer('s'), expect: refused },
  { sdk: 'localsend.prepareFiles', run: (s) => s.localsend.prepareFiles(['/a']), expect: refused },
  { sdk: 'localsend.sendFiles', run: (s) => s.localsend.sendFiles(some, []), expect: refused },
  { sdk: 'localsend.cancelSend', run: (s) => s.localsend.cancelSend('s'), expect: refused },
  { sdk: 'getDependencies', run: (s) => s.getDependencies(), expect: refused },
  {
    sdk: 'requestDatabasePermission',
    run: (s) => s.requestDatabasePermission({ resource: 'r', operation: 'read' } as never),
    expect: refused,
  },
  {
    sdk: 'checkDatabasePermission',
    run: (s) => s.checkDatabasePermission('r', 'read'),
    expect: refused,
  },
  { sdk: 'respondToSearch', run: (s) => s.respondToSearch('r', []), expect: refused },
  { sdk: 'request', what: 'of no method', run: (s) => s.request('no_such_method'), expect: unknown },
  {
    sdk: 'request',
    what: 'of the page’s own method',
    run: (s) => s.request('events.take'),
    expect: unknown,
  },
];
