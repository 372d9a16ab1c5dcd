// A package for haex-vault, made by its own tools: built with the SDK's plugin,
// signed by the SDK's command.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { haexspacePlugin } from '@haex-space/vault-sdk/vite';
import { fixtures, repo } from './paths';

const run = promisify(execFile);
const command = join(repo, 'frontend/e2e/node_modules/@haex-space/vault-sdk/dist/cli/index.js');

/** An app that gives its SDK to the test as `haex`. Out names a new file of the test. */
export async function haexApp(out: (name: string) => string, permissions: object = {}): Promise<string> {
  const work = out('haex-probe');
  await mkdir(work, { recursive: true });
  const identity = { name: 'haex-probe', version: '1.0.0' };
  await writeFile(join(work, 'package.json'), JSON.stringify(identity));
  await writeFile(join(work, 'haextension.config.json'), '{}');
  await run('node', [command, 'keygen', '-o', join(work, 'haextension')], { cwd: work });
  const publicKey = (await readFile(join(work, 'haextension/public.key'), 'utf8')).trim();
  const manifest = { ...identity, author: 'Ada', publicKey, signature: '', entry: 'index.html', permissions };
  await writeFile(join(work, 'haextension/manifest.json'), JSON.stringify(manifest));
  await build({
    root: join(fixtures, 'haex'),
    configFile: false,
    logLevel: 'silent',
    base: './',
    define: { __MANIFEST__: JSON.stringify({ ...identity, publicKey }) },
    plugins: [haexspacePlugin() as never],
    build: { outDir: join(work, 'dist'), emptyOutDir: true },
  });
  const file = out('haex-probe.xt');
  await run(
    'node',
    [command, 'sign', join(work, 'dist'), '-k', join(work, 'haextension/private.key'), '-o', file],
    { cwd: work },
  );
  return file;
}
