// What is outside of the vault: permissions, addresses, files and programs.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { code, event, found, name, picks, says, sdk, served } from './fixture';

describe('permissions', () => {
  it('are told without asking', async () => {
    const { permissions } = sdk;
    expect(await permissions.checkDatabaseAsync(name('notes').slice(1, -1), 'write')).toBe(true);
    expect(await permissions.checkDatabaseAsync('alcove_kv', 'read')).toBe(false);
    expect(await permissions.checkWebAsync('https://example.com/')).toBe(false);
    expect(await permissions.checkFilesystemAsync(join(served.about.documents, 'a.md'), 'read')).toBe(false);
  });

  it('are asked for, and the call is made again', async () => {
    await says('once');
    expect(
      new TextDecoder().decode(await sdk.filesystem.readFile(join(served.about.documents, 'a.md'))),
    ).toBe('a');
    await event('extension:permission-resolved');
    expect(found('extension:permission-resolved')[0]).toMatchObject({
      data: { resourceType: 'fs', action: 'read', target: '{documents}/a.md', decision: 'granted' },
    });
    await says('deny');
    expect(await code(sdk.filesystem.readFile(join(served.about.documents, 'a.md')))).toBe(1002);
    await says('once'); // a copy asks twice
    await sdk.filesystem.copy(join(served.about.downloads, 'x.txt'), join(served.about.documents, 'x.txt'));
    expect(await readFile(join(served.about.documents, 'x.txt'), 'utf8')).toBe('x');
  });
});

it('fetches', async () => {
  await says('open');
  const { echo } = served.about;
  const answer = await sdk.web.fetchAsync(`${echo}/a`, {
    method: 'POST',
    headers: { 'X-Key': 'k' },
    body: 'hello',
  });
  expect(answer).toMatchObject({ status: 200, url: `${echo}/a` });
  expect(new TextDecoder().decode(answer.body as ArrayBuffer)).toBe('hello');
  expect(
    Object.fromEntries(Object.entries(answer.headers).map(([k, v]) => [k.toLowerCase(), v]))['x-seen'],
  ).toBe('POST k');
  expect(await sdk.web.fetchJsonAsync(`${echo}/j`, { method: 'POST', body: '{"a":1}' })).toEqual({ a: 1 });
  expect(
    await sdk.web.fetchTextAsync(`${echo}/t`, {
      method: 'PUT',
      body: new TextEncoder().encode('t').buffer as ArrayBuffer,
    }),
  ).toBe('t');
  expect((await sdk.web.fetchBlobAsync(`${echo}/b`)).size).toBe(0);
  expect(await code(sdk.web.fetchAsync('https://example.com/'))).toBe(1002);
  expect(await code(sdk.web.openAsync(`${echo}/`))).toBe(8001); // no desktop here
});

describe('files', () => {
  const at = (path: string) => join(served.about.documents, path);

  it('are worked on', async () => {
    await says('open');
    const fs = sdk.filesystem;
    await fs.mkdir(at('sdk/in'));
    await fs.writeFile(at('sdk/in/a.bin'), new Uint8Array([0, 255]));
    expect([...new Uint8Array(await fs.readFile(at('sdk/in/a.bin')))]).toEqual([0, 255]);
    expect(await fs.stat(at('sdk/in/a.bin'))).toMatchObject({
      size: 2,
      isFile: true,
      isDirectory: false,
      isSymlink: false,
      readonly: false,
      modified: expect.any(Number) as number,
    });
    await fs.rename(at('sdk/in/a.bin'), at('sdk/b.bin'));
    await fs.copy(at('sdk/b.bin'), at('sdk/c.bin'));
    expect(
      (await fs.readDir(at('sdk'))).map((e) => [e.name, e.path, e.isFile, e.isDirectory, e.size]),
    ).toEqual([
      ['b.bin', at('sdk/b.bin'), true, false, 2],
      ['c.bin', at('sdk/c.bin'), true, false, 2],
      ['in', at('sdk/in'), false, true, 0],
    ]);
    expect([await fs.exists(at('sdk/b.bin')), await fs.exists(at('sdk/a.bin'))]).toEqual([true, false]);
    expect(await code(fs.remove(at('sdk')))).toBe(2001);
    await fs.remove(at('sdk'), true);
    expect(await fs.exists(at('sdk'))).toBe(false);
    expect(await fs.knownPaths()).toEqual({
      documents: served.about.documents,
      downloads: served.about.downloads,
    });
    expect(await code(fs.readFile('/etc/passwd'))).toBe(2001);
    expect(await code(fs.writeFile(join(served.about.downloads, 'n'), new Uint8Array([1])))).toBe(1002);
  });

  it('are picked', async () => {
    const { outside } = served.about;
    const fs = sdk.filesystem;
    const file = fs.selectFile({ filters: [['Markdown', ['md']]], multiple: true });
    expect(await picks(join(outside, 'o.md'))).toEqual({ failed: false, extensions: 'md' });
    expect(await file).toEqual([join(outside, 'o.md')]);
    expect(new TextDecoder().decode(await fs.readFile(join(outside, 'o.md')))).toBe('o');
    const folder = fs.selectFolder();
    await picks(outside);
    expect(await folder).toBe(outside);
    await fs.writeFile(join(outside, 'made.txt'), new Uint8Array([104, 105]));
    expect(await readFile(join(outside, 'made.txt'), 'utf8')).toBe('hi');
    const saved = fs.saveFileAsync(new Uint8Array([1, 2, 3]), {
      defaultPath: 'a.bin',
      filters: [{ name: 'x', extensions: ['bin'] }],
    });
    await picks(join(outside, 'saved.bin'));
    expect(await saved).toEqual({ path: join(outside, 'saved.bin'), success: true });
    expect([...(await readFile(join(outside, 'saved.bin')))]).toEqual([1, 2, 3]);
    const none = fs.selectFolder();
    await picks();
    expect(await none).toBeNull();
  });

  it('are watched', async () => {
    const fs = sdk.filesystem;
    await fs.watch('rule', served.about.documents);
    expect(await fs.isWatching('rule')).toBe(true);
    await writeFile(at('seen.txt'), 'x');
    await event('filesync:file-changed', (e) => e.path === at('seen.txt'));
    expect(found('filesync:file-changed')[0]).toMatchObject({
      ruleId: 'rule',
      changeType: 'created',
      path: at('seen.txt'),
    });
    await fs.unwatch('rule');
    expect(await fs.isWatching('rule')).toBe(false);
  });
});

it('runs a terminal', async () => {
  const { shell } = sdk;
  expect((await shell.listAvailable()).map((s) => s.name)).toContain('sh');
  const { sessionId, shellName } = await shell.create({ shell: 'sh', cols: 80 });
  expect(shellName).toBe('sh');
  await shell.resize(sessionId, 100, 30);
  await shell.write(sessionId, 'stty size; exit 4\n');
  await event('shell:exit');
  expect(found('shell:exit')[0]).toMatchObject({ sessionId, exitCode: 4 });
  expect(
    found('shell:output')
      .map((e) => e.data as string)
      .join(''),
  ).toContain('30 100');
  const ended: unknown[] = [];
  const note = (e: unknown) => ended.push(e);
  shell.onData(note);
  shell.offData(note);
  shell.onExit(note);
  const second = await shell.create();
  await shell.close(second.sessionId);
  await expect.poll(() => ended).toMatchObject([{ sessionId: second.sessionId, exitCode: null }]);
  shell.offExit(note);
  expect(await code(shell.write(second.sessionId, 'x'))).toBe(1001);
});
