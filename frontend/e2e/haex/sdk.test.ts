// The SDK as it is published, against Alcove: every function of it is called,
// and its results and errors are held against internal/bridge/haex/SPEC.md.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repo } from '../lib/paths';
import { called, code, functions, sdk, sent, served } from './sdk/fixture';
import './sdk/tables';
import './sdk/computer';
import './sdk/vault';

it('has its context', () => {
  expect(sdk.context).toMatchObject({ theme: 'dark', locale: 'de-AT', platform: 'linux' });
  expect((sdk.context as unknown as { deviceId: string }).deviceId).toMatch(/^[0-9a-f-]{36}$/);
  served.host.update({ theme: 'light' });
  return expect.poll(() => sdk.context?.theme).toBe('light');
});

describe('what there is not', () => {
  it('is not supported here', async () => {
    const { localsend: l, filesystem } = sdk;
    const settings = {} as never;
    for (const call of [
      () => l.init(),
      () => l.getDeviceInfo(),
      () => l.setAlias('a'),
      () => l.getSettings(),
      () => l.setSettings(settings),
      () => l.startDiscovery(),
      () => l.stopDiscovery(),
      () => l.getDevices(),
      () => l.scanNetwork(),
      () => l.startServer(1),
      () => l.stopServer(),
      () => l.getServerStatus(),
      () => l.getPendingTransfers(),
      () => l.acceptTransfer('s', '/d'),
      () => l.rejectTransfer('s'),
      () => l.prepareFiles(['/a']),
      () => l.sendFiles(settings, []),
      () => l.cancelSend('s'),
      () => filesystem.openFileAsync(new Uint8Array([1]), { fileName: 'a.txt' }),
      () => filesystem.showImageAsync({ dataUrl: 'data:' }),
      () => sdk.getDependencies(),
      () => sdk.requestDatabasePermission({ resource: 'r', operation: 'read' } as never),
      () => sdk.checkDatabasePermission('r', 'read'),
      () => sdk.respondToSearch('r', []),
      () => sdk.request('no_such_method'),
      () => sdk.request('events.take'),
    ])
      expect([call.toString(), await code(call())]).toEqual([call.toString(), 8000]);
  });

  it('is a request from outside', async () => {
    const stop = sdk.onExternalRequest('a', () => Promise.resolve({ requestId: 'r', success: true }));
    stop();
    expect(await code(sdk.respondToExternalRequest({ requestId: 'r', success: true }))).toBe(1001);
    expect(await code(sdk.request('ai_action_respond', { requestId: 'r', success: true }))).toBe(1001);
  });
});

it('shows no notification that is not declared', async () => {
  // Of the SDK from 3.3 on.
  expect(await code(sdk.request('extension_notifications_show', { options: { title: 't' } }))).toBe(1002);
  expect(await code(sdk.request('extension_notifications_dismiss', { id: 'i' }))).toBe(1001);
});

it('keeps a log', async () => {
  await sdk.request('extension_logging_write', { level: 'info', message: 'm', metadata: { a: 1 } });
  expect(await sdk.request('extension_logging_read', { limit: 10 })).toMatchObject([
    { level: 'info', message: 'm', metadata: '{"a":1}' },
  ]);
});

describe('all of it', () => {
  it('was called', () => {
    expect(functions.length).toBeGreaterThan(80);
    expect(functions.filter((path) => !called.has(path))).toEqual([]);
  });

  it('is in the table of methods', async () => {
    const table = await readFile(join(repo, 'docs/haex-methods.md'), 'utf8');
    const listed = [...table.matchAll(/^\| `([\w.]+)`/gm)].map((row) => row[1] ?? '');
    expect(listed.filter((method) => !sent.has(method)).sort()).toEqual([]);
    expect([...sent].filter((method) => !listed.includes(method)).sort()).toEqual(['no_such_method']);
  });
});
