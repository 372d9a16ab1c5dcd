// What an extension gets of the desktop in the real window: the clipboard for a
// while and only where the person is, programs, and the lock that comes when
// the window is minimised.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { enough } from '../lib/patience';
import { expect, test } from './fixtures';
import { type AppWindow, type Desktop, type Home, repo, run, until } from './harness';
import { alcove, openApp, pack, prepareVault, unlock } from './product';

/** A vault with the extension in it, which may do all it asks for. */
async function withDesk(home: Home): Promise<void> {
  const folder = join(home.dir, 'desk');
  await cp(join(repo, 'frontend/e2e/fixtures/desk'), folder, { recursive: true });
  await cp(join(repo, 'frontend/sdk/dist/alcove-sdk.js'), join(folder, 'alcove-sdk.js'));
  const file = await pack(home, folder, join(home.dir, 'desk.alcove'));
  const vault = await prepareVault(home);
  const passphrase = join(home.dir, 'passphrase');
  await alcove(
    home,
    'ext',
    'install',
    file,
    '--vault',
    vault,
    '--passphrase-file',
    passphrase,
    '--grant',
    'all',
  );
}

/** Puts text on the clipboard as another program would. */
async function copy(desktop: Desktop, text: string): Promise<void> {
  const p = spawn('xclip', ['-selection', 'clipboard', '-loops', '0'], {
    env: { ...process.env, DISPLAY: desktop.display },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  p.stdin.end(text);
  await once(p, 'exit'); // its child holds the text
}

/** What another program finds on the clipboard or in a selection, "" for nothing. */
async function held(desktop: Desktop, selection = 'clipboard', target = 'UTF8_STRING'): Promise<string> {
  return run('xclip', ['-selection', selection, '-o', '-target', target], {
    env: { ...process.env, DISPLAY: desktop.display },
  }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

async function press(w: AppWindow, button: string, state: string): Promise<void> {
  await w.clickInFrame(button);
  await until(`${button}: ${state}`, async () => (await w.findInFrame('#state')).text === state);
}

/** The app is there: opened now, or brought back by the unlock. */
async function ready(w: AppWindow): Promise<void> {
  await until('the app', async () => (await w.findInFrame('#state')).text === 'ready', enough);
}

async function opened(w: AppWindow): Promise<void> {
  await openApp(w, 'Desk');
  await ready(w);
}

test('the clipboard is written for 30 seconds and read only where the person is', async ({
  home,
  desktop,
  start,
}) => {
  test.slow();
  await withDesk(home);
  const w = await start();
  await unlock(w);
  await opened(w);

  await copy(desktop, 'from the person');
  await press(w, '#paste', 'done: from the person');
  await press(w, '#later', 'failed: clipboard.no_input');

  await press(w, '#copy', 'done: undefined');
  const since = Date.now();
  expect(await held(desktop)).toBe('from the app');
  expect(await held(desktop, 'primary'), 'what the middle button pastes').toBe('');
  expect(await held(desktop, 'clipboard', 'x-kde-passwordManagerHint')).toBe('secret');
  // Also after a lock.
  await w.key('ctrl+l');
  await until('the lock', async () => (await w.phase()) === 'locked');
  expect(await held(desktop)).toBe('from the app');
  await until('the clipboard to be cleared', async () => (await held(desktop)) === '', 40_000, 500);
  expect(Date.now() - since).toBeGreaterThan(28_000);

  await unlock(w);
  await ready(w);
  await press(w, '#copy', 'done: undefined');
  await copy(desktop, 'copied since');
  await w.stop();
  expect(await held(desktop), 'what the person copied stays').toBe('copied since');
});

test('a password that the person copies is cleared after 30 seconds', async ({ home, desktop, start }) => {
  await prepareVault(home);
  const w = await start();
  await unlock(w);
  await w.click('.Sidebar-main .NavItem', 'Passwords');
  await w.click('.Items-bar .Button', 'New item');
  await w.fill('#item-title', 'Bank');
  await w.fill('#item-password', 'hunter2');
  await w.click('.ItemForm-foot .Button', 'Save');
  await w.click('.ItemDetail [aria-label="Copy password"]');
  await until('the clipboard to be filled', async () => (await held(desktop)) === 'hunter2');
  expect(await held(desktop, 'clipboard', 'x-kde-passwordManagerHint')).toBe('secret');
  await until('the clipboard to be cleared', async () => (await held(desktop)) === '', 40_000, 500);
});

test('what was copied is gone when Alcove ends', async ({ home, desktop, start }) => {
  await withDesk(home);
  const w = await start();
  await unlock(w);
  await opened(w);
  await press(w, '#copy', 'done: undefined');
  await w.stop();
  expect(await w.ended()).toBe(0);
  expect(await held(desktop)).toBe('');
});

test('a program runs with its arguments as they are', async ({ home, start }) => {
  await withDesk(home);
  const w = await start();
  await unlock(w);
  await opened(w);
  await press(w, '#run', 'done: a; b $(c)');
});

test('a file dialog closes when the vault locks', async ({ home, desktop, start }) => {
  await withDesk(home);
  const w = await start();
  await unlock(w);
  await opened(w);
  await w.clickInFrame('#pick');
  const shown = () =>
    desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Choose a file for Desk$').then(
      (ids) => ids.trim() !== '',
      () => false,
    );
  await until('the dialog', shown);
  // The dialog has the keyboard, so the lock comes as if nobody were there.
  await w.evaluate(`document.querySelector('button[aria-label^="Lock vault"]').click()`);
  await until('the lock', async () => (await w.phase()) === 'locked');
  await until('the dialog to close', async () => !(await shown()));
  await w.locate();
  await unlock(w);
  await ready(w);
});

test('minimising locks if the person has chosen that', async ({ home, desktop, start }) => {
  await withDesk(home);
  const w = await start();
  const minimise = async () => {
    const id = await desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Alcove$');
    await desktop.tool('xdotool', 'windowminimize', '--sync', id.trim().split('\n').pop() ?? '');
    return () => desktop.tool('xdotool', 'windowmap', '--sync', id.trim().split('\n').pop() ?? '');
  };
  await unlock(w);
  await opened(w);
  let back = await minimise();
  expect(await w.phase()).toBe('unlocked');
  await back();
  await w.locate();

  await w.key('ctrl+1');
  await w.see('h2', 'Apps');
  await w.key('ctrl+comma');
  const choice = 'Lock when this window is minimised';
  await w.click('label.SettingRow', choice);
  await until('the choice to be kept', () =>
    w.evaluate<boolean>(`
      const rows = [...document.querySelectorAll('label.SettingRow')];
      return rows.find((row) => row.innerText.includes(${JSON.stringify(choice)})).querySelector('input').checked;
    `),
  );
  await w.screenshot('settings-security');
  await w.key('ctrl+2');
  back = await minimise();
  await until('the lock', async () => (await w.phase()) === 'locked');
  await back();
  await w.locate();
  await unlock(w);
  await ready(w);
  expect((await w.seeInFrame('#saved')).text, 'the app').toBe('it was asked to save');
});
