// A mail server on this computer for a test: the one of the Go tests, as a
// process that ends with this one.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repo } from './paths';

interface About {
  user: string;
  password: string;
  imap: number;
  smtp: number;
}

export class MailServer {
  private constructor(
    private readonly process: ChildProcess,
    private readonly dir: string,
    readonly about: About,
  ) {}

  static async start(): Promise<MailServer> {
    const dir = await mkdtemp(join(tmpdir(), 'alcove-mail-'));
    const binary = join(dir, 'mail.test');
    const place = 'internal/capability/mail/mailtest';
    await promisify(execFile)('go', ['test', '-c', '-o', binary, `./${place}`], { cwd: repo });
    const server = spawn(binary, ['-test.run', '^TestServeMail$', '-test.v'], {
      cwd: join(repo, place),
      env: { ...process.env, ALCOVE_SERVE_MAIL: join(dir, 'roots.pem') },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const about = await new Promise<About>((resolve, reject) => {
      let output = '';
      server.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /^serving (\{.*\})$/m.exec(output)?.[1];
        if (found) resolve(JSON.parse(found) as About);
      });
      server.on('exit', (code) => reject(new Error(`the mail server ended with ${String(code)}: ${output}`)));
    });
    return new MailServer(server, dir, about);
  }

  /** What makes a program trust the server. */
  get env(): NodeJS.ProcessEnv {
    return { SSL_CERT_FILE: join(this.dir, 'roots.pem') };
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit');
    this.process.stdin?.end();
    await ended;
    await rm(this.dir, { recursive: true, force: true });
  }
}
