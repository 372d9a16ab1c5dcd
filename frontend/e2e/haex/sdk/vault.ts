// What the vault keeps: passwords, mail accounts, its one space, storages.
import { expect, it } from 'vitest';
import { code, name, says, sdk, served } from './fixture';

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
