// Every function of the SDK of haex-vault, in the real window, with the toolkit's
// own file dialogs and a desktop that opens addresses.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judge, runCases } from '../lib/conformance';
import { Surroundings, layFiles } from '../lib/conformance-around';
import { type Person, prepare, title } from '../lib/conformance-person';
import { endServer, goServer } from '../lib/go-server';
import { expect, test } from './fixtures';
import { type AppWindow, type Home, until } from './harness';
import { openApp, passphrase, prepareVault, unlock } from './product';

/** A person with the real mouse and keyboard. */
function personAt(w: AppWindow, home: string): Person {
  const dialogs = () =>
    w.desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Choose ').then(
      (ids) => ids.trim().split('\n').filter(Boolean),
      () => [] as string[],
    );
  return {
    home,
    passphrase,
    look: async (selector) => {
      const { found, text } = await w.find(selector);
      return found ? text : null;
    },
    click: (selector, text) => w.click(selector, text),
    fill: (selector, text) => w.fill(selector, text),
    lookInFrame: async (selector) => (await w.seeInFrame(selector)).text,
    clickInFrame: (selector) => w.clickInFrame(selector),
    async pick(kind, path) {
      const [dialog = ''] = await until('the file dialog', async () => {
        const shown = await dialogs();
        return shown.length > 0 ? shown : null;
      });
      await w.desktop.tool('xdotool', 'windowactivate', '--sync', dialog);
      // The next one may be there already.
      const closes = (patience?: number) =>
        until('the file dialog to close', async () => !(await dialogs()).includes(dialog), patience);
      // What the toolkit completes while it still reads a folder can spoil what is
      // typed, and a dialog that stays would hide all that comes. One that is only slow
      // must not be typed at again: in the window behind it the first key locks the vault.
      let closed = false;
      for (let attempt = 0; path !== null && !closed && attempt < 3; attempt++) {
        await w.key('ctrl+l', 'ctrl+a');
        await w.type(path);
        await w.key('Return');
        closed = await closes(15_000).catch(() => false);
      }
      if (!closed) await w.key('Escape');
      await closes();
      if ((await dialogs()).length === 0) await w.locate();
    },
  };
}

/** A program that takes the place of the desktop's, and notes which addresses it is given. */
async function browserOf(home: Home): Promise<{ path: string; opened: () => Promise<string> }> {
  const dir = join(home.dir, 'bin');
  const file = join(home.dir, 'opened');
  await mkdir(dir);
  await writeFile(join(dir, 'xdg-open'), `#!/bin/sh\necho "$1" >> '${file}'\n`);
  await chmod(join(dir, 'xdg-open'), 0o700);
  return {
    path: `${dir}:${process.env.PATH ?? ''}`,
    opened: () => readFile(file, 'utf8').catch(() => ''),
  };
}

/** A bus with a notification service, which notes what becomes of each. */
async function notifier(): Promise<{
  env: NodeJS.ProcessEnv;
  noted: () => string;
  stop: () => Promise<void>;
}> {
  const place = 'internal/freedesktop/bustest';
  const { process, address } = await goServer(place, 'TestServeNotifier', 'ALCOVE_SERVE_NOTIFIER');
  let noted = '';
  process.stdout?.on('data', (chunk: Buffer) => (noted += chunk.toString()));
  return {
    env: { DBUS_SESSION_BUS_ADDRESS: address },
    noted: () => noted,
    stop: () => endServer(process),
  };
}

test('every function of the SDK is answered as specified', async ({ home, start }) => {
  test.setTimeout(900_000);
  const around = await Surroundings.make();
  const notices = await notifier();
  try {
    await layFiles(home.home);
    await prepareVault(home, [await around.build('window')]);
    const browser = await browserOf(home);
    const w = await start({ env: { ...around.mail.env, ...notices.env, PATH: browser.path } });
    await unlock(w);
    const person = personAt(w, home.home);
    await prepare(person, around);
    await openApp(w, title);
    judge(await runCases(person, around), around.methods);
    expect(await browser.opened()).toBe(`http://127.0.0.1:${around.port}/page\n`);
    await expect.poll(notices.noted).toBe('shown 1 Conformance: Done\ntaken back 1\n');
  } finally {
    await notices.stop();
    await around.stop();
  }
});
