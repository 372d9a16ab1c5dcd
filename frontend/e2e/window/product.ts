// What a person does in Alcove's window, step by step, and what a test prepares
// with the command line before the window opens.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enough } from '../lib/patience';
import { AppWindow, type Home, binary, repo, run, until } from './harness';

export const passphrase = 'mossy lantern drifts past seven gates';
export const notesPackage = join(repo, 'frontend/dist/extensions/notes.alcove');

/** Runs the alcove command in a home; throws with what it printed when it fails. */
export async function alcove(home: Home, ...args: string[]): Promise<string> {
  const { stdout } = await run(binary, args, { env: home.env(''), cwd: home.home, maxBuffer: 64 << 20 });
  return stdout;
}

/** Packs and signs a folder with a key that is made when there is none. */
export async function pack(home: Home, folder: string, out: string, keyName = 'publisher'): Promise<string> {
  const key = join(home.dir, `${keyName}.key`);
  const exists = await readFile(key).then(
    () => true,
    () => false,
  );
  if (!exists) await alcove(home, 'ext', 'keygen', '--out', key);
  await alcove(home, 'ext', 'pack', folder, '--key', key, '--out', out);
  return out;
}

/** Packs the hostile extension, told where the sinks are, or told to keep still. */
export async function hostilePackage(home: Home, config: object): Promise<string> {
  const folder = join(home.dir, 'hostile');
  await cp(join(repo, 'frontend/e2e/attack/app'), folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return pack(home, folder, join(home.dir, 'hostile.alcove'));
}

/** Makes a vault with the command line, known to the window, and installs packages into it. */
export async function prepareVault(home: Home, packages: string[] = []): Promise<string> {
  const dir = join(home.home, '.local/share/alcove/Home');
  const file = join(home.dir, 'passphrase');
  await writeFile(file, passphrase, { mode: 0o600 });
  await mkdir(join(home.home, '.local/share/alcove'), { recursive: true, mode: 0o700 });
  await alcove(
    home,
    'vault',
    'create',
    dir,
    '--passphrase-file',
    file,
    '--recovery-out',
    join(home.dir, 'kit'),
  );
  for (const p of packages) {
    await alcove(home, 'ext', 'install', p, '--vault', dir, '--passphrase-file', file, '--grant', 'default');
  }
  const config = join(home.home, '.config/alcove');
  await mkdir(config, { recursive: true, mode: 0o700 });
  await writeFile(join(config, 'vaults.json'), JSON.stringify({ current: dir, vaults: [dir] }), {
    mode: 0o600,
  });
  return dir;
}

/** Types a path into the toolkit's save dialog. */
async function saveAs(w: AppWindow, path: string): Promise<void> {
  const { desktop } = w;
  await until('the save dialog', () =>
    desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Save$'),
  );
  await w.screenshot('save-dialog');
  await w.key('ctrl+a');
  await w.type(path);
  await w.key('Return');
  await until('the dialog to close', () =>
    desktop.tool('xdotool', 'search', '--onlyvisible', '--name', '^Save$').then(
      (s) => s.trim() === '',
      () => true,
    ),
  );
  await w.locate();
}

/** Goes through onboarding with the suggested words, up to the first apps. */
export async function createVault(w: AppWindow, kitFile: string, name = 'Home'): Promise<string> {
  await w.fill('#vault-name', name);
  await w.click('button', 'Continue');
  const words = await until('the suggested words', async () => {
    const spans = await w.evaluate<string[]>(
      `return [...document.querySelectorAll('.Words span:not(.vh)')].map((s) => s.textContent.trim())`,
    );
    return spans.length === 6 && spans.every(Boolean) ? spans.join(' ') : null;
  });
  await w.fill('#practise', words);
  await w.screenshot('onboarding-passphrase');
  await w.click('button', 'Continue');
  await w.see('figure.Kit ol');
  await w.screenshot('onboarding-kit');
  const kit = await w.evaluate<string[]>(
    `return [...document.querySelectorAll('figure.Kit li')].map((l) => l.textContent.trim())`,
  );
  await w.click('button', 'Save a file to print');
  await saveAs(w, kitFile);
  await w.see('[role="status"]', `Saved as ${kitFile}. Print it, then delete the file.`);
  await w.click('button', 'I have a copy');
  for (const i of [0, 1]) {
    const label = (await w.see(`label[for="kit-${i}"]`)).text;
    await w.fill(`#kit-${i}`, kit[Number(/\d+/.exec(label)?.[0]) - 1] ?? '');
  }
  await w.click('button', 'Create the vault');
  await w.see('h1', 'Your vault is ready', enough);
  return words;
}

export async function unlock(w: AppWindow, words = passphrase): Promise<void> {
  await w.see('#passphrase');
  await w.fill('#passphrase', words);
  await w.key('Return');
  await w.see('nav, .Sidebar, aside', undefined, enough);
  await until('the vault to be open', async () => !(await w.find('#passphrase')).found, enough);
}

/** Accepts the review on screen; it has to be read to its end first. */
export async function acceptReview(w: AppWindow, title: string): Promise<void> {
  await w.see('.InstallReview');
  await until('the end of the list', () =>
    w.evaluate<boolean>(`
      for (const e of document.querySelectorAll('.InstallReview, .InstallReview *')) e.scrollTop = e.scrollHeight;
      await new Promise(requestAnimationFrame);
      return !document.querySelector('.InstallReview .Foot button[aria-disabled="true"]');
    `),
  );
  await w.click('.InstallReview .Foot button', 'Install');
  await until(`${title} to be installed`, async () => !(await w.find('.InstallReview')).found, enough);
}

export async function openApp(w: AppWindow, title: string): Promise<void> {
  await w.click('.AppTile', title);
  await w.see('.Frame:not(.is-waiting)', undefined, enough);
}
