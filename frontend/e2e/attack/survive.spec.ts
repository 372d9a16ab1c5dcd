// What an app can do to the window by using it up: the vault stays open, nothing
// that was acknowledged is lost, the app is ended and named, the others go on.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enough } from '../lib/patience';
import { expect, test } from '../window/fixtures';
import { type AppWindow, type Home, busy, children, until } from '../window/harness';
import { openApp, pack, prepareVault, unlock } from '../window/product';
import { unpacked } from './packages';

test.slow(); // each waits until the window has had enough of an app

/** Opens the honest app with a text in it, and then the hostile one. */
async function both(home: Home, start: () => Promise<AppWindow>, config: object = {}): Promise<AppWindow> {
  const folders = await unpacked(home.dir, { attack: false, ...config });
  await prepareVault(home, [
    await pack(home, folders.hostile, join(home.dir, 'hostile.alcove')),
    await pack(home, folders.neighbour, join(home.dir, 'neighbour.alcove')),
  ]);
  const w = await start();
  await unlock(w);
  await openApp(w, 'Neighbour');
  await until('the neighbour', async () => (await w.findInFrame('#state')).text === 'ready');
  await w.fillInFrame('#field', 'mine');
  await until('it to be saved', async () => (await w.findInFrame('#state')).text === 'saved 4');
  await w.key('ctrl+1');
  await openApp(w, 'Hostile');
  return w;
}

const settled = (w: AppWindow) =>
  until('the app', async () => (await w.findInFrame('#state')).text === 'done');

/** Sees the card with a sentence; the host page has no channel and the vault is open. */
async function named(w: AppWindow, sentence: string, patience = enough): Promise<void> {
  await w.see('[role="alertdialog"]', sentence, patience * busy());
  expect(await w.phase()).toBe('unlocked');
  expect(await w.evaluate('return typeof window.webkit')).toBe('undefined');
}

/** The honest app is there with its text, and saves. */
async function unharmed(w: AppWindow): Promise<void> {
  await w.key('ctrl+2');
  await until('the neighbour', async () => (await w.findInFrame('#field')).value === 'mine');
  await w.clickInFrame('#field');
  await w.key('End');
  await w.type('x');
  await until('it to save', async () => /^saved/.test((await w.findInFrame('#state')).text));
}

/** What the processes of the window hold, in MB. */
async function memory(w: AppWindow): Promise<number> {
  const all = [w.pid, ...(await children(w.pid))];
  const sizes = all.map(async (pid) => {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
    return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  });
  return (await Promise.all(sizes)).reduce((a, b) => a + b, 0) / 1024;
}

test('after a hang no acknowledged write is lost, and the page is back at once', async ({ home, start }) => {
  const w = await both(home, start);
  await settled(w);
  await w.clickInFrame('#write');
  const written = await until('some writes', async () => {
    const n = Number(/^wrote (\d+)/.exec((await w.findInFrame('#state')).text)?.[1]);
    return n > 20 ? n : 0;
  });
  await w.clickInFrame('#hang');
  const ended = await until(
    'the watchdog',
    () => /time=(\S+) level=WARN msg="the page did not answer; its web process is ended"/.exec(w.log)?.[1],
    enough * busy(),
    5,
  );
  await until('the host page', () => w.evaluate('return document.readyState === "complete"', 200), enough, 5);
  expect(Date.now() - Date.parse(ended)).toBeLessThan(1000 * busy());

  // Two were open, so it comes back alone, and is the one when it hangs again.
  await settled(w);
  expect(Number((await w.seeInFrame('#count')).text)).toBeGreaterThanOrEqual(written);
  await w.clickInFrame('#hang');
  await named(w, 'Hostile stopped answering');
  await unharmed(w);
});

test('an app that fills memory is ended and named before the machine has none left', async ({
  home,
  start,
}) => {
  const w = await both(home, start, { atStart: 'bomb' });
  await named(w, 'Hostile used too much memory', 3 * enough);
  expect(w.log.match(/the page filled its memory/g)).toHaveLength(2);
  expect(await memory(w)).toBeLessThan(700);
  await unharmed(w);
});

test('an app that never stops calling holds up nobody, and is ended', async ({ home, start }) => {
  const w = await both(home, start);
  await settled(w);
  const before = await memory(w);
  await w.clickInFrame('#flood');
  await named(w, 'Hostile stopped');
  await unharmed(w);
  expect((await memory(w)) - before).toBeLessThan(500);
});

test('a message of 64 MB costs its sender the session and nobody else anything', async ({ home, start }) => {
  const w = await both(home, start);
  await settled(w);
  await w.evaluate('window.untouched = true');
  await w.clickInFrame('#heavy');
  await named(w, 'Hostile stopped');
  expect(await w.evaluate('return window.untouched')).toBe(true);
  await unharmed(w);
});

test('a Blob or a File sent to its own files ends nobody', async ({ home, start }) => {
  const w = await both(home, start);
  await settled(w);
  await w.clickInFrame('#body');
  await until('the answers', async () => (await w.findInFrame('#state')).text === 'sent', enough * busy());
  expect(await w.phase()).toBe('unlocked');
  await unharmed(w);
});

test('an app that hangs at each start is tried a bounded number of times', async ({ home, start }) => {
  const w = await both(home, start, { atStart: 'hang' });
  const kills = () => w.log.match(/the page did not answer/g)?.length ?? 0;
  // Once beside the other app, and once alone, which tells who it is.
  await named(w, 'Hostile stopped answering', 2 * enough);
  expect(kills()).toBe(2);
  // Nobody starts it again but the person.
  await new Promise((r) => setTimeout(r, 6000));
  expect(kills()).toBe(2);
  await w.click('[role="alertdialog"] button', 'Reload Hostile');
  await until('the third', () => kills() === 3, enough * busy());
  await named(w, 'Hostile stopped answering');
  await unharmed(w);
  expect(kills()).toBe(3);
});
