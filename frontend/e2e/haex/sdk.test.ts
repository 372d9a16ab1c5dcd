// The SDK as it is published, against Alcove: every function of it is called,
// and its results and errors are held against internal/bridge/haex/SPEC.md.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { repo } from '../lib/paths';
import { Served } from './served';

let served: Served;
let sdk: HaexVaultSdk;
let name: (table: string) => string;
const events: Record<string, unknown>[] = [];
/** Functions of the SDK that were called, and methods they sent. */
const called = new Set<string>();
const sent = new Set<string>();
let functions: string[];

/** Waits for an event of the SDK. */
async function event(type: string, matches: (event: Record<string, unknown>) => boolean = () => true) {
  return expect
    .poll(() => events.find((e) => e.type === type && matches(e)), { timeout: 10_000 })
    .toBeTruthy();
}
const found = (type: string) => events.filter((e) => e.type === type);
const says = (choice: string) => served.tell('/person', { choice });
const picks = (...paths: string[]) => served.tell('/pick', { paths });

/** The code that a call fails with. */
async function code(call: Promise<unknown>): Promise<unknown> {
  const failed = await call.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
  const { message } = failed as { message?: unknown };
  if (typeof message !== 'string') throw new Error(`no error: ${JSON.stringify(failed)}`);
  return (failed as { code: unknown }).code;
}

/** Notes what is called of a part of the SDK from now on, and answers the names of all there is. */
function follow(part: object, path: string): string[] {
  const own = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(part) as object);
  return Object.entries(own).flatMap(([key, { value }]) => {
    if (typeof value !== 'function' || key === 'constructor') return [];
    const run = value as (...args: unknown[]) => unknown;
    Object.assign(part, {
      [key]: (...args: unknown[]) => {
        called.add(path + key);
        return run.apply(part, args);
      },
    });
    return [path + key];
  });
}

beforeAll(async () => {
  served = await Served.start();
  const page = Object.assign(served.window, {
    self: 'the frame',
    top: 'the page',
    parent: { postMessage: () => undefined },
  });
  Object.assign(globalThis, { window: page });
  const { HaexVaultSdk, HAEXTENSION_EVENTS, SHELL_EVENTS } = await import('@haex-space/vault-sdk');
  const [publicKey = '', extension = ''] = served.about.context.prefix.split('__');
  sdk = new HaexVaultSdk({ manifest: { publicKey, name: extension, version: '1.0.0' } as never });
  for (const type of [...Object.values(HAEXTENSION_EVENTS), ...Object.values(SHELL_EVENTS)])
    sdk.on(type, (e) => events.push(e as unknown as Record<string, unknown>));
  // Its own helpers are no functions for authors.
  const inner = /^(web|shell)\.(arrayBuffer|base64|blob)/;
  functions = [
    ...Object.entries(sdk).flatMap(([part, api]: [string, unknown]) =>
      typeof api === 'object' && api !== null && api.constructor.name.endsWith('API')
        ? follow(api, `${part}.`)
        : [],
    ),
    ...follow(sdk.remoteStorage.backends, 'remoteStorage.backends.'),
  ].filter((path) => !inner.test(path));
  const request = sdk.request.bind(sdk);
  sdk.request = (method, params) => {
    sent.add(method);
    return request(method, params);
  };
  served.host.loaded();
  await sdk.ready();
  name = (table) => sdk.getTableName(table);
}, 120_000);

afterAll(async () => {
  sdk.destroy();
  expect(await served.end()).toBe(0);
});

it('has its context', () => {
  expect(sdk.context).toMatchObject({ theme: 'dark', locale: 'de-AT', platform: 'linux' });
  expect((sdk.context as unknown as { deviceId: string }).deviceId).toMatch(/^[0-9a-f-]{36}$/);
  served.host.update({ theme: 'light' });
  return expect.poll(() => sdk.context?.theme).toBe('light');
});

describe('the database', () => {
  it('takes migrations, once', async () => {
    const migrations = [
      { name: '0001_more', sql: `ALTER TABLE ${name('notes')} ADD more text;` },
      {
        name: '0000_first',
        sql: `CREATE TABLE ${name('notes')} (id text PRIMARY KEY NOT NULL, body text NOT NULL, n integer, data blob);--> statement-breakpoint\nCREATE INDEX ${name('notes_n')} ON ${name('notes')} (n);`,
      },
    ];
    expect(await sdk.registerMigrationsAsync('1.0.0', migrations)).toEqual({
      appliedCount: 2,
      alreadyAppliedCount: 0,
      appliedMigrations: ['0000_first', '0001_more'],
    });
    expect(await sdk.database.registerMigrationsAsync('1.0.1', migrations)).toEqual({
      appliedCount: 0,
      alreadyAppliedCount: 2,
      appliedMigrations: [],
    });
    expect(await code(sdk.registerMigrationsAsync('2', [{ name: '0000_first', sql: 'SELECT 1' }]))).toBe(
      2000,
    );
  });

  it('reads and writes by the client’s functions', async () => {
    const did = await sdk.execute(`INSERT INTO ${name('notes')} (id, body, n, data) VALUES (?, ?, ?, ?)`, [
      'a',
      'x  y',
      true,
      new Uint8Array([1, 2]),
    ]);
    expect(did).toEqual({ rowsAffected: 1, lastInsertId: 1 });
    const all = `SELECT id, body, n, data, more FROM ${name('notes')}`;
    expect(await sdk.query(all)).toEqual([['a', 'x  y', 1, 'AQI=', null]]);
    expect(await sdk.select(`${all} WHERE id = ?`, ['b'])).toEqual([]);
    expect(await sdk.execute(`UPDATE ${name('notes')} SET more = ?`, [{ k: [1] }])).toMatchObject({
      rowsAffected: 1,
    });
    expect(await sdk.query(`SELECT more FROM ${name('notes')}`)).toEqual([['{"k":[1]}']]);
    expect(await code(sdk.query('SELECT * FROM nowhere'))).toBe(2000);
    expect(await code(sdk.query('SELECT * FROM sqlite_master'))).toBe(2000);
  });

  it('reads and writes by the functions of database', async () => {
    const { database } = sdk;
    const table = name('notes');
    expect(await database.insert(table, { id: 'b', body: 'two', n: 2.5 })).toBe(2);
    expect(await database.update(table, { body: 'new' }, 'id = ?', ['b'])).toBe(1);
    expect(await database.query(`SELECT body, n FROM ${table} WHERE id = ?`, ['b'])).toEqual([['new', 2.5]]);
    expect(await database.queryOne(`SELECT id FROM ${table} ORDER BY id`)).toEqual(['a']);
    expect(await database.execute(`DELETE FROM ${table} WHERE id = 'none' RETURNING id`)).toMatchObject({
      rows: [],
      rowsAffected: 0,
    });
    await database.transaction([
      { sql: `INSERT INTO ${table} (id, body) VALUES (?, ?)`, params: ['c', 'three'] },
      { sql: `UPDATE ${table} SET body = 'four' WHERE id = 'c'` },
    ]);
    expect(
      await code(
        database.transaction([
          { sql: `DELETE FROM ${table}` },
          { sql: `INSERT INTO ${table} (id) VALUES (1)` },
        ]),
      ),
    ).toBe(2000);
    expect(await database.query(`SELECT id, body FROM ${table} ORDER BY id`)).toEqual([
      ['a', 'x  y'],
      ['b', 'new'],
      ['c', 'four'],
    ]);
    expect(await database.delete(table, 'id = ?', ['c'])).toBe(1);
    // count reads a name, and rows are lists in every host: the SDK's own fault.
    expect(await database.count(table)).toBe(0);
    expect(await code(database.createTable(name('made'), 'id text primary key'))).toBe(2000);
    expect(await code(database.dropTable(table))).toBe(2000);
  });

  it('serves the ORM', async () => {
    const { sqliteTable, text, integer } = await import('drizzle-orm/sqlite-core');
    const { eq } = await import('drizzle-orm');
    const notes = sqliteTable(name('notes').slice(1, -1), {
      id: text('id').primaryKey(),
      body: text('body'),
      n: integer('n'),
    });
    const orm = sdk.initializeDatabase({ notes });
    await orm.insert(notes).values({ id: 'd', body: 'orm', n: 4 });
    expect(await orm.insert(notes).values({ id: 'e', body: 'r', n: 5 }).returning()).toEqual([
      { id: 'e', body: 'r', n: 5 },
    ]);
    // get gives the row as a list in every host: the SDK's own fault.
    expect(await orm.insert(notes).values({ id: 'f', body: 'g', n: 6 }).returning().get()).toMatchObject({
      id: ['f', 'g', 6],
    });
    expect(await orm.select().from(notes).where(eq(notes.id, 'd'))).toEqual([{ id: 'd', body: 'orm', n: 4 }]);
    expect(await orm.select().from(notes).where(eq(notes.id, 'd')).get()).toMatchObject({
      id: ['d', 'orm', 4],
    });
    expect(await orm.select({ n: notes.n }).from(notes).where(eq(notes.id, 'd')).values()).toEqual([[4]]);
    expect(await orm.query.notes?.findMany({ where: eq(notes.id, 'e') })).toEqual([
      { id: 'e', body: 'r', n: 5 },
    ]);
    await orm.update(notes).set({ n: 7 }).where(eq(notes.id, 'd'));
    await orm.delete(notes).where(eq(notes.id, 'e'));
    expect(await orm.select({ id: notes.id, n: notes.n }).from(notes).where(eq(notes.n, 7))).toEqual([
      { id: 'd', n: 7 },
    ]);
  });

  it('says which tables another device has changed', async () => {
    const mine = name('notes').slice(1, -1);
    await served.tell('/changed', [mine, 'alcove_kv', `${'0'.repeat(64)}__other__x`]);
    await event('haextension:sync:tables-updated');
    expect(found('haextension:sync:tables-updated').at(-1)).toMatchObject({ data: { tables: [mine] } });
  });
});

it('stores values', async () => {
  const { storage } = sdk;
  expect(await storage.getItem('k')).toBeNull();
  await storage.setItem('k', 'v');
  await storage.setItem('l', '');
  expect([await storage.getItem('k'), await storage.getItem('l')]).toEqual(['v', '']);
  expect(await storage.keys()).toEqual(['k', 'l']);
  await storage.removeItem('k');
  expect(await storage.getItem('k')).toBeNull();
  await storage.clear();
  expect(await storage.keys()).toEqual([]);
});

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

it('keeps passwords by tag', async () => {
  const { passwords } = sdk;
  await says('open');
  const id = await passwords.createAsync({
    title: 'Mail',
    password: 'hunter2',
    url: 'https://a.example',
    otpSecret: 'JBSWY3DPEHPK3PXP',
    tags: ['work'],
    keyValues: [{ key: 'PIN', value: '1234' }],
  });
  expect(await passwords.listAsync()).toMatchObject([
    { id, title: 'Mail', url: 'https://a.example', tags: ['work'] },
  ]);
  expect(JSON.stringify(await passwords.listAsync())).not.toContain('hunter2');
  expect(await passwords.readAsync(id)).toMatchObject({
    password: 'hunter2',
    otpSecret: 'JBSWY3DPEHPK3PXP',
    otpDigits: 6,
    keyValues: [{ id: '0', key: 'PIN', value: '1234' }],
  });
  await passwords.updateAsync(id, { title: 'Mail', password: 'other', tags: ['work', 'more'] });
  const changed = await passwords.readAsync(id);
  expect(changed).toMatchObject({ password: 'other', tags: ['more', 'work'], keyValues: [] });
  expect(changed.otpSecret).toBeUndefined();
  expect(await code(passwords.updateAsync(id, { title: 'Mail', tags: ['more'] }))).toBe(1002);
  expect(await code(passwords.createAsync({ title: 't', tags: [] }))).toBe(3001);
  expect(await code(passwords.createAsync({ title: 't', tags: ['else'] }))).toBe(1002);
  await passwords.deleteAsync(id);
  expect(await code(passwords.readAsync(id))).toBe(1001);
});

it('reads, sorts and sends mail', async () => {
  const { mail } = sdk;
  await says('open');
  const imap = { ...served.about.mail, port: 993, security: 'tls' as const, password: 'not the vault’s' };
  const message = {
    from: { email: imap.username, name: 'Ada' },
    to: [{ email: 'b@example.org' }],
    subject: 'Hello',
    bodyText: 'Hi',
  };
  await mail.appendMessageAsync(imap, 'INBOX', await mail.buildRfc822Async(imap.host, message), ['\\Draft']);
  const boxes = await mail.listMailboxesAsync(imap, { pattern: '*' });
  expect(boxes.map(({ name }) => name)).toEqual(['INBOX', 'Sent']);
  const latest = { type: 'latest' as const, count: 5 };
  const [envelope] = await mail.fetchEnvelopesAsync(imap, 'INBOX', latest);
  expect(envelope).toMatchObject({
    uid: 1,
    flags: ['\\Draft'],
    subject: 'Hello',
    from: [{ email: imap.username, name: 'Ada' }],
    references: [],
  });
  expect(await mail.fetchMessageAsync(imap, 'INBOX', 1)).toMatchObject({ bodyText: 'Hi', attachments: [] });
  await mail.setFlagsAsync(imap, 'INBOX', [1], ['\\Seen'], true);
  await mail.moveMessagesAsync(imap, 'INBOX', 'Sent', [1]);
  expect(await mail.fetchEnvelopesAsync(imap, 'INBOX', latest)).toEqual([]);
  expect(await mail.sendMessageAsync(imap, message)).toMatch(/^[^<>]+@example\.com$/);
  const eve = { ...message, from: { email: 'eve@example.org' } };
  expect(await code(mail.sendMessageAsync(imap, eve))).toBe(3001);
  expect(await code(mail.listMailboxesAsync({ ...imap, username: 'eve' }))).toBe(1001);
  expect(await code(mail.listMailboxesAsync({ ...imap, host: 'example.net' }))).toBe(1002);
});

it('has the vault for its one space', async () => {
  const { spaces } = sdk;
  await says('open');
  const [space, ...others] = await spaces.listSpacesAsync();
  expect(others).toEqual([]);
  expect(space).toMatchObject({ name: 'Home', originUrl: '', capabilities: ['space/read', 'space/write'] });
  const spaceId = space?.id ?? '';
  expect(spaceId).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Date(space?.createdAt ?? '').getTime()).toBeGreaterThan(0);
  const tableName = name('notes').slice(1, -1);
  const rowPks = JSON.stringify({ id: 'a' });
  const whole = { tableName, rowPks, spaceId, groupId: 'g', type: 'Note', label: 'A' };
  expect(await spaces.assignAsync([whole, { tableName, rowPks: 'b', spaceId }])).toBe(2);
  expect(await spaces.assignRowAsync(tableName, rowPks, spaceId)).toBe(0);
  expect(await spaces.getAssignmentsAsync(tableName, rowPks)).toEqual([whole]);
  expect(await spaces.unassignAsync([whole])).toBe(1);
  expect(await spaces.getAssignmentsAsync(tableName)).toEqual([{ tableName, rowPks: 'b', spaceId }]);
  expect(await spaces.unassignRowAsync(tableName, 'b', spaceId)).toBe(1);
  expect(await code(spaces.assignRowAsync(tableName, 'a', 'another'))).toBe(1001);
  expect(await code(spaces.assignRowAsync('notes', 'a', spaceId))).toBe(1000);
  expect(await code(spaces.assignRowAsync(tableName, '{', spaceId))).toBe(3001);
});

it('reads and writes files on S3', async () => {
  const { remoteStorage } = sdk;
  const { backends } = remoteStorage;
  await says('open');
  const [theirs] = await backends.list();
  const { endpoint, region, bucket } = served.about.storage;
  expect(theirs).toMatchObject({
    type: 's3',
    name: 'Backups',
    enabled: true,
    config: { endpoint, region, bucket },
  });
  const id = theirs?.id ?? '';
  await backends.test(id);
  await remoteStorage.upload(id, 'a/1', new Uint8Array([1, 2, 255]));
  expect(await remoteStorage.download(id, 'a/1')).toEqual(new Uint8Array([1, 2, 255]));
  const [object] = await remoteStorage.list(id, 'a/');
  expect(object).toMatchObject({ key: 'a/1', size: 3 });
  expect(Date.parse(object?.lastModified ?? '')).not.toBeNaN();
  await remoteStorage.delete(id, 'a/1');
  expect(await remoteStorage.list(id)).toEqual([]);
  expect(await code(remoteStorage.download(id, 'a/1'))).toBe(1001);
  expect(await code(backends.update({ backendId: id, name: 'Mine' }))).toBe(1002);
  expect(await code(backends.remove(id))).toBe(1002);

  const request = { name: 'Mine', type: 's3' as const, config: { ...served.about.storage } };
  await says('deny');
  expect(await code(backends.add(request))).toBe(1002);
  await says('once');
  const own = await backends.add(request);
  expect(own).toMatchObject({ name: 'Mine', config: { endpoint, region, bucket } });
  expect(JSON.stringify(own)).not.toContain(served.about.storage.secretAccessKey);
  expect(await backends.update({ backendId: own.id, name: 'Ours' })).toMatchObject({ name: 'Ours' });
  await backends.test(own.id);
  await backends.remove(own.id);
  expect(await code(backends.test(own.id))).toBe(1001);
  await says('open');
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
