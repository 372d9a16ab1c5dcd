// What the tests need is built once: the SDK's single file, and the binary
// unless ALCOVE_BIN names one.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { binary, repo, sdkFile } from './paths';

export default function setup(): void {
  const inherit = { stdio: 'inherit' } as const;
  if (!existsSync(sdkFile)) {
    const frontend = join(repo, 'frontend');
    execFileSync('npm', ['run', 'build', '--workspace', '@alcove/sdk'], { cwd: frontend, ...inherit });
  }
  if (process.env.ALCOVE_BIN === undefined) execFileSync('make', ['-C', repo, 'build'], inherit);
  if (!existsSync(binary)) throw new Error(`${binary} is not there; set ALCOVE_BIN or run make build`);
}
