// Every function of the SDK of haex-vault, in the real window, with the toolkit's
// own file dialogs and a desktop that opens addresses.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Person, Surroundings, addAccount, judge, layFiles, runCases, title } from '../lib/conformance';
import { expect, test } from './fixtures';
import { type AppWindow, type Home, until } from './harness';
import { openApp, passphrase, prepareVault, unlock } from './product';

/** A person with the real mouse and keyboard. */
function personAt(w: AppWindow): Person {
  const dialogs = () =>
    w.desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Choose ').then(
      (ids) => ids.trim().split('\n').filter(Boolean),
      () => [] as string[],
    );
  return {
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
      if (path === null) await w.key('Escape');
      else {
        // Letters that begin with a slash are a place; a save dialog has a field of its own.
        if (kind === 'save') await w.key('ctrl+a');
        await w.type(path);
        await w.key('Return');
      }
      await until('the file dialog to close', async () => (await dialogs()).length === 0);
      await w.locate();
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

test('every function of the SDK is answered as specified', async ({ home, start }) => {
  test.setTimeout(600_000);
  const around = await Surroundings.make();
  try {
    await layFiles(home.home);
    await prepareVault(home, [await around.build('window')]);
    const browser = await browserOf(home);
    const w = await start({ env: { ...around.mail.env, PATH: browser.path } });
    await unlock(w);
    const person = personAt(w);
    await addAccount(person, around.mail);
    await openApp(w, title);
    judge(await runCases(person, home.home, passphrase), around.methods);
    expect(await browser.opened()).toBe(`http://127.0.0.1:${around.port}/page\n`);
  } finally {
    await around.stop();
  }
});
