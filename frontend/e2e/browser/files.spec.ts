// Files of this computer as an app has them: what is granted, what is picked,
// and nothing else.
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, Page } from '@playwright/test';
import type { Home } from '../lib/alcove';
import { accessible } from '../lib/axe';
import type { HostPage } from '../lib/host';
import { probe } from '../lib/packages';
import { expect, test } from '../lib/test';
import type { Progress, Vault } from '../../sdk/src/index';

declare const vault: Vault;

const frameOf = (page: Page): Frame => {
  const found = page.frames().find((f) => f.url().includes('/_ext/'));
  if (!found) throw new Error('no frame');
  return found;
};

const want = (action: string, target: string) => ({ resource: 'files', action, target, reason: 'To test.' });

/** Opens the probe with these permissions, all of them granted. */
async function start(
  home: Home,
  host: HostPage,
  page: Page,
  permissions: object[],
  grant = 'all',
): Promise<Frame> {
  const file = await probe(home, { manifest: { permissions } });
  await home.makeVault();
  await home.alcove('ext', 'install', file, ...home.vaultFlags, '--grant', grant);
  await host.open((await home.serve({ unlocked: true })).url);
  await host.atHome();
  await host.openApp('Probe');
  return frameOf(page);
}

/** What a call of the app comes to: its result, or the code of the refusal. */
const code = (frame: Frame, path: string) =>
  frame.evaluate(async (path) => {
    try {
      return await vault.files.readText(path);
    } catch (error) {
      return (error as { code: string }).code;
    }
  }, path);

async function documents(home: Home, files: Record<string, string>): Promise<string> {
  const dir = join(home.home, 'Documents');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), content);
  }
  return dir;
}

test('an app works on the files it is granted, and on no other', async ({ home, host, page }) => {
  const dir = await documents(home, { 'Reports/a.md': 'one', 'Private/b.md': 'secret' });
  await mkdir(join(home.home, '.ssh'));
  await writeFile(join(home.home, '.ssh/id'), 'secret');
  const frame = await start(home, host, page, [
    want('readWrite', '{documents}/Reports/**'),
    want('read', '{home}/*'),
    want('readWrite', '{home}/vaults/**'),
  ]);
  const done = await frame.evaluate(async () => {
    const { files } = vault;
    const info = await files.write('{documents}/Reports/new.md', 'two');
    await files.makeFolder('{documents}/Reports/x/y', { parents: true });
    await files.copy('{documents}/Reports/a.md', '{documents}/Reports/x/y/a.md');
    await files.move('{documents}/Reports/new.md', '{documents}/Reports/x/new.md');
    const names: string[] = [];
    for await (const entry of files.list('{documents}/Reports', { recursive: true })) names.push(entry.path);
    await files.delete('{documents}/Reports/x', { recursive: true });
    return { info, names };
  });
  expect(done.info).toMatchObject({ path: '{documents}/Reports/new.md', size: 3, kind: 'file' });
  expect(done.names).toEqual(
    ['a.md', 'x', 'x/new.md', 'x/y', 'x/y/a.md'].map((n) => `{documents}/Reports/${n}`),
  );
  expect(await readdir(join(dir, 'Reports'))).toEqual(['a.md']);
  expect(await code(frame, '{home}/Documents/Reports/a.md')).toBe('one');
  expect(await code(frame, '{documents}/Private/b.md')).toBe('permission.undeclared');
  expect(await code(frame, '{home}/.ssh/id')).toBe('permission.undeclared');
  expect(await code(frame, '{home}/.bashrc')).toBe('files.protected');
  // The vault that is open, and with it everything around.
  expect(await code(frame, '{home}/vaults/Home/key.pass.age')).toBe('files.protected');
  expect(
    await frame.evaluate(() =>
      vault.files.delete('{home}/vaults', { recursive: true }).catch((e: { code: string }) => e.code),
    ),
  ).toBe('files.protected');
  expect(await code(frame, '{documents}/Reports/../Private/b.md')).toBe('files.path_invalid');
});

test('what the person picks can be read and written, and comes back if they say so', async ({
  home,
  host,
  page,
}) => {
  const dir = await documents(home, { 'Reports/tide.md': 'low', 'Reports/notes.txt': 'x', 'plain.md': 'y' });
  const frame = await start(home, host, page, [want('pick', 'file')]);
  expect(await code(frame, '{documents}/plain.md')).toBe('permission.undeclared');
  const ask = frame.evaluate(() =>
    vault.files.pickFile({ extensions: ['md'], writable: true, remember: true }),
  );
  const dialog = page.getByRole('dialog', { name: 'Choose a file for Probe' });
  await expect(dialog).toBeVisible();
  await expect(
    dialog.getByText('Probe can read and change what you choose, and no other file.'),
  ).toBeVisible();
  await expect(dialog.getByRole('option', { name: 'Documents' })).toBeVisible();
  await accessible(page, 'pick a file');

  await test.step('by keyboard alone', async () => {
    await expect(dialog.getByRole('listbox')).toBeFocused();
    await page.keyboard.press('d');
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('option', { name: 'plain.md' })).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Documents' }).last()).toHaveAttribute(
      'aria-current',
      /location|true/,
    );
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('option', { name: 'tide.md' })).toBeVisible();
    // What has another ending is not offered.
    await expect(dialog.getByRole('option')).toHaveCount(1);
    await page.keyboard.press('Backspace');
    await expect(dialog.getByRole('option', { name: 'Reports' })).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('option', { name: 'tide.md' })).toBeVisible();
    await dialog.getByLabel('Remember this for Probe').focus();
    await page.keyboard.press('Space');
    await dialog.getByRole('listbox').focus();
    await page.keyboard.press('t');
    await expect(dialog.getByRole('option', { selected: true })).toHaveText(/tide\.md/);
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
  });

  const pick = await ask;
  expect(pick).toMatchObject({ name: 'tide.md', kind: 'file', writable: true, remembered: true });
  const path = pick?.path ?? '';
  expect(await code(frame, path)).toBe('low');
  await frame.evaluate((path) => vault.files.write(path, 'high'), path);
  expect(await readFile(join(dir, 'Reports/tide.md'), 'utf8')).toBe('high');
  expect(await code(frame, '{documents}/plain.md')).toBe('permission.undeclared');
  expect(await code(frame, `${path}/../notes.txt`)).toBe('files.path_invalid');
  expect(await code(frame, '{picked-0123456789abcdef}')).toBe('files.not_found');

  await test.step('after the vault was locked too', async () => {
    await host.lock();
    await host.unlock();
    await host.openApp('Probe');
    const again = frameOf(page);
    expect(await again.evaluate(() => vault.files.picked())).toMatchObject([{ path, remembered: true }]);
    expect(await code(again, path)).toBe('high');
    await again.evaluate((path) => vault.files.forget(path), path);
    expect(await code(again, path)).toBe('files.not_found');
  });
});

test('a folder, and a place to save to', async ({ home, host, page }) => {
  const dir = await documents(home, { 'Reports/a.md': 'one', 'Reports/in/b.md': 'two' });
  const frame = await start(home, host, page, [want('pick', 'file'), want('pick', 'folder')]);

  await test.step('the folder with everything in it', async () => {
    const ask = frame.evaluate(() => vault.files.pickFolder());
    const dialog = page.getByRole('dialog', { name: 'Choose a folder for Probe' });
    await expect(dialog.getByText('This folder holds everything. Choose one inside it.')).toBeVisible();
    await expect(dialog.getByRole('button', { name: 'Choose', exact: true })).toBeDisabled();
    await dialog.getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
    await dialog.getByRole('option', { name: 'Reports' }).click();
    await accessible(page, 'pick a folder');
    await dialog.getByRole('button', { name: 'Choose', exact: true }).click();
    const path = (await ask)?.path ?? '';
    expect(await code(frame, `${path}/in/b.md`)).toBe('two');
    const written = await frame.evaluate(
      (path) => vault.files.write(`${path}/new.md`, 'x').catch((e: { code: string }) => e.code),
      path,
    );
    expect(written).toBe('permission.denied'); // it asked only to read
  });

  await test.step('a new file, and one that is replaced', async () => {
    const ask = frame.evaluate(() => vault.files.pickSave({ suggestedName: 'tide.md' }));
    const dialog = page.getByRole('dialog', { name: 'Choose where Probe saves' });
    await expect(dialog.getByLabel('File name')).toHaveValue('tide.md');
    await expect(dialog.getByLabel('File name')).toBeFocused();
    await dialog.getByRole('navigation', { name: 'Your folders' }).getByText('Documents').click();
    await dialog.getByRole('option', { name: 'Reports' }).dblclick();
    await dialog.getByLabel('File name').fill('a.md');
    await expect(dialog.getByText('There is a file “a.md” already.')).toBeVisible();
    await accessible(page, 'save a file');
    await dialog.getByLabel('File name').fill('CON');
    await dialog.getByRole('button', { name: 'Save here' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Windows keeps');
    await dialog.getByLabel('File name').fill('new.md');
    await page.keyboard.press('Enter');
    const path = (await ask)?.path ?? '';
    await frame.evaluate((path) => vault.files.write(path, 'saved'), path);
    expect(await readFile(join(dir, 'Reports/new.md'), 'utf8')).toBe('saved');
  });

  await test.step('nothing, if the person closes the dialog', async () => {
    const ask = frame.evaluate(async () => (await vault.files.pickFile()) === undefined);
    await expect(page.getByRole('dialog', { name: 'Choose a file for Probe' })).toBeVisible();
    await page.keyboard.press('Escape');
    expect(await ask).toBe(true);
    await expect(page.getByRole('dialog')).toBeHidden();
  });
});

test('a file of 50 MB goes out and in again as a stream', async ({ home, host, page }) => {
  await documents(home, { 'a.md': '' });
  const frame = await start(home, host, page, [want('readWrite', '{documents}/**')]);
  const size = 50 * 1024 * 1024;
  const result = await frame.evaluate(async (size) => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i += 4096) bytes[i] = i >> 12;
    const out: Progress[] = [];
    const back: Progress[] = [];
    const t0 = performance.now();
    await vault.files.write('{documents}/big.bin', new Blob([bytes]), { onProgress: (p) => out.push(p) });
    const t1 = performance.now();
    const file = await vault.files.open('{documents}/big.bin', { onProgress: (p) => back.push(p) });
    const got = new Uint8Array(await new Response(file.stream).arrayBuffer());
    const t2 = performance.now();
    let same = got.length === size;
    for (let i = 0; same && i < size; i += 4096) same = got[i] === bytes[i];
    return { same, size: file.info.size, out, back, write: t1 - t0, read: t2 - t1 };
  }, size);
  expect(result).toMatchObject({ same: true, size });
  for (const told of [result.out, result.back]) {
    expect(told.length).toBeGreaterThan(40);
    expect(told.at(-1)).toEqual({ files: 1, bytes: size, total: size });
    const bytes = told.map((p) => p.bytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  }
  console.log(`50 MB written in ${result.write.toFixed(0)} ms, read in ${result.read.toFixed(0)} ms`);

  await test.step('and leaves nothing when it is given up', async () => {
    const thrown = await frame.evaluate(async (size) => {
      const controller = new AbortController();
      const onProgress = () => {
        controller.abort();
      };
      try {
        await vault.files.write('{documents}/half.bin', new Uint8Array(size), {
          signal: controller.signal,
          onProgress,
        });
        return 'written';
      } catch (error) {
        return (error as Error).name;
      }
    }, size);
    expect(thrown).toBe('AbortError');
    expect((await readdir(join(home.home, 'Documents'))).sort()).toEqual(['a.md', 'big.bin']);
    expect((await stat(join(home.home, 'Documents/big.bin'))).size).toBe(size);
  });
});
