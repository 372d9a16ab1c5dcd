// An app that loops forever freezes the window's one page thread. The watchdog
// ends it, the host is back, the guilty one is named; and Ctrl+L does not wait.
import { enough } from '../lib/patience';
import { expect, test } from './fixtures';
import { type AppWindow, busy, until } from './harness';
import { hostilePackage, notesPackage, openApp, prepareVault, unlock } from './product';

test.slow(); // each waits for a hang to be noticed

async function hang(w: AppWindow): Promise<void> {
  await until(
    'the app to have settled',
    async () => /done|not kept/.test((await w.findInFrame('#state')).text ?? ''),
    100_000,
  );
  await w.clickInFrame('#hang');
  // A slow page is not to look like one that hangs, and the watchdog ends that after 4 s.
  await until('the page to hang', () =>
    w.evaluate('return 1', 1000).then(
      () => false,
      () => true,
    ),
  );
}

test('a hanging app is ended, named, and the host is back', async ({ home, start }) => {
  await prepareVault(home, [await hostilePackage(home, { attack: false })]);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Hostile');
  await hang(w);
  const from = Date.now();
  await until('the host page', () => w.evaluate('return document.readyState === "complete"', 500));
  expect(Date.now() - from).toBeLessThan(8_000 * busy());
  await w.see('[role="alertdialog"]', 'Hostile stopped answering');
  expect(await w.evaluate('return typeof window.webkit')).toBe('undefined');
  await w.screenshot('hang');
});

test('Ctrl+L locks within a second while an app hangs', async ({ home, start }) => {
  await prepareVault(home, [await hostilePackage(home, { attack: false })]);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Hostile');
  await hang(w);
  const from = Date.now();
  await w.key('ctrl+l');
  await until('the vault to be locked', async () => (await w.phase()) === 'locked');
  // On a busy machine too it is long before the watchdog ends the page.
  expect(Date.now() - from).toBeLessThan(1_000 * Math.min(busy(), 2));
  await w.see('#passphrase');
  await w.screenshot('hang-locked');
});

test('Ctrl+L locks while an app has the focus, and its web process ends', async ({
  home,
  start,
  desktop,
}) => {
  await prepareVault(home, [await hostilePackage(home, { attack: false })]);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Hostile');
  await w.clickInFrame('#field');
  await until('the focus in the app', async () => (await w.findInFrame('#field')).focused);
  await w.evaluate('window.before = true');
  await w.key('ctrl+l');
  await w.see('#passphrase');
  expect(await w.evaluate('return [typeof window.before, typeof window.webkit]')).toEqual([
    'undefined',
    'undefined',
  ]);
  expect((await desktop.tool('xdotool', 'getactivewindow', 'getwindowname')).trim()).toBe('Alcove');
});

test('of two open apps the guilty one is found by starting them one at a time', async ({ home, start }) => {
  await prepareVault(home, [await hostilePackage(home, { attack: false }), notesPackage]);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Hostile');
  await w.key('ctrl+1');
  await openApp(w, 'Notes');
  await w.key('ctrl+2');
  await hang(w);
  await until('the host page', () => w.evaluate('return document.readyState === "complete"', 500));

  // Nobody knows yet who it was: the tab on screen comes back alone and is well.
  await w.see('[role="tab"]', 'Notes');
  await w.seeInFrame('#hang');
  expect((await w.find('[role="alertdialog"]')).found).toBe(false);
  expect(await w.evaluate('return document.querySelectorAll(".Frame").length')).toBe(1);
  await hang(w);
  await w.see('[role="alertdialog"]', 'Hostile stopped answering', enough);

  // The other one is untouched.
  await w.key('ctrl+3');
  await w.seeInFrame('button[aria-label="New note"]');
  expect((await w.find('[role="alertdialog"]')).found).toBe(false);
});
