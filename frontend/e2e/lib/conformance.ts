// Drives the app in haex-apps/conformance, in which every function of the SDK is
// called: does what a person would, reads what came of it, and holds it against
// the table of methods in the documentation.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Act, Engine, Report, Wants } from '../haex-apps/conformance/src/case';
import { HaexPublisher } from './haex-apps';
import { MailServer } from './mail-server';
import { repo } from './paths';

export const title = 'Conformance';

/** A person at one of the engines. Selectors are of the host page. */
export interface Person {
  click(selector: string, text?: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  /** The text of what can be seen, or null. */
  look(selector: string): Promise<string | null>;
  /** The same in the frame of the app, where everything can be seen. */
  lookInFrame(selector: string): Promise<string>;
  clickInFrame(selector: string): Promise<void>;
  /** Picks an absolute path in the file dialog, or closes it. */
  pick(kind: 'file' | 'folder' | 'save', path: string | null): Promise<void>;
}

/** What the app is given to reach. */
export class Surroundings {
  private constructor(
    private readonly publisher: HaexPublisher,
    private readonly echo: Server,
    readonly mail: MailServer,
    readonly methods: Map<string, string>,
  ) {}

  static async make(): Promise<Surroundings> {
    const echo = createServer((request, response) => {
      if (request.url === '/cut') {
        request.socket.destroy();
        return;
      }
      const key = String(request.headers['x-key'] ?? '');
      response.setHeader('X-Seen', `${request.method ?? ''} ${key}`);
      request.pipe(response);
    });
    await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done));
    return new Surroundings(await HaexPublisher.make(), echo, await MailServer.start(), await table());
  }

  get port(): string {
    return String((this.echo.address() as AddressInfo).port);
  }

  /** The package of the app, which knows what is expected in this engine. */
  build(engine: Engine): Promise<string> {
    const states = [...this.methods].map((pair) => pair.join('=')).join(' ');
    return this.publisher.build('conformance', { values: { engine, port: this.port, states } });
  }

  async stop(): Promise<void> {
    await this.mail.stop();
    await new Promise((done) => this.echo.close(done));
    await this.publisher.remove();
  }
}

/** The files that the cases begin with, below the person's home folder. */
export async function layFiles(home: string): Promise<void> {
  await mkdir(join(home, 'Documents/Work'), { recursive: true });
  await writeFile(join(home, 'Documents/plan.md'), 'the plan');
  await writeFile(join(home, 'Documents/list.txt'), 'the list');
}

/** Methods and their states in docs/haex-methods.md. */
async function table(): Promise<Map<string, string>> {
  const words: Record<string, string> = {
    works: 'works',
    'not yet': 'later',
    'not supported here': 'refused',
  };
  const text = await readFile(join(repo, 'docs/haex-methods.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([\w.]+)` \|[^|]*\| ([a-z ]+) \|/gm)];
  return new Map(rows.map(([, method = '', state = '']) => [method, words[state] ?? state]));
}

/** Adds the account of the mail server to the vault. */
export async function addAccount(person: Person, { about }: MailServer): Promise<void> {
  await person.click('.Sidebar-main .NavItem', 'Passwords');
  await person.click('.Choice label', 'Mail accounts');
  await person.click('.Accounts-head .Button', 'Add an account');
  await person.fill('#account-address', about.user);
  await person.fill('#account-password', about.password);
  for (const [server, port] of [
    ['Incoming (IMAP)', about.imap],
    ['Outgoing (SMTP)', about.smtp],
  ] as const) {
    await person.fill(`[aria-label="${server}: server"]`, '127.0.0.1');
    await person.fill(`[aria-label="${server}: port"]`, String(port));
  }
  await person.click('.ItemForm-foot .Button', 'Save');
  await expect.poll(() => person.look('.SettingRow')).toContain(about.user);
  await person.click('.Sidebar-main .NavItem', 'Home');
}

/** A run: what the app reports, and where the person was asked something else, or not at all. */
export interface Run {
  report: Report;
  surprises: string[];
}

/** Runs all cases of the app, which is on screen. Home is the person's folder. */
export async function runCases(person: Person, home: string, passphrase: string): Promise<Run> {
  const surprises: string[] = [];
  await expect.poll(() => person.lookInFrame('#state'), { timeout: 20_000 }).toBe('ready');
  await person.clickInFrame('#start');
  for (let last = -1; ;) {
    const wants = JSON.parse(await person.lookInFrame('#wants')) as Wants;
    const name = wants.name ?? '';
    if (wants.done) return { report: JSON.parse(await person.lookInFrame('#report')) as Report, surprises };
    if (wants.n !== undefined && wants.n !== last) {
      last = wants.n;
      for (const act of wants.acts ?? [])
        await does(person, act, home, passphrase).catch((error: unknown) => {
          surprises.push(`${name}: ${String(error)}`);
        });
      continue;
    }
    const question = await person.look(armed);
    if (question === null) {
      await new Promise((next) => setTimeout(next, 20));
      continue;
    }
    surprises.push(`${name} asks: ${question}`);
    await person.click('.PromptChoices .Button', 'Don’t allow');
  }
}

/** The title of a question that can be answered. */
const armed = 'dialog[data-armed="true"] #prompt-title';

async function does(person: Person, act: Act, home: string, passphrase: string): Promise<void> {
  switch (act.do) {
    case 'answer': {
      await expect.poll(() => person.look(armed), { timeout: 8_000 }).toMatch(new RegExp(act.about));
      const question = await person.look(armed);
      if (act.confirm) await person.fill('#prompt-passphrase', passphrase);
      await person.click('.PromptChoices .Button', act.choice);
      await expect.poll(() => person.look(armed)).not.toBe(question);
      break;
    }
    case 'pick':
      await person.pick(act.kind, act.path === null ? null : join(home, act.path));
      break;
    case 'write':
      await writeFile(join(home, act.path), 'x');
      break;
    case 'theme':
      await person.click('[role="tab"]'); // the first is Home
      await person.click('.Sidebar-main .NavItem', 'Settings');
      await person.click('.Settings nav .NavItem', 'Appearance');
      await person.click('.Choice label', act.theme);
      await person.click('.Sidebar-main .NavItem', 'Home');
      await person.click('[role="tab"]', title);
      break;
  }
}

/** Functions that no case can call, and why. */
const uncalled: Record<string, string> = {
  initNative: 'it is for windows of haex-vault itself',
  handleExternalRequestInternal: 'nothing outside of Alcove asks apps',
  handleActionRequestInternal: 'nothing outside of Alcove asks apps',
};
/** Methods that work and never have a result here, and why. */
const fruitless: Record<string, string> = {
  external_bridge_respond: 'nothing outside of Alcove asks apps',
  ai_action_respond: 'nothing outside of Alcove asks apps',
  extension_notifications_show: 'a package of this kind cannot declare it',
};
/** Methods that nothing makes fail, and the page's own, which a frame is refused. */
const faultless = [
  'events.take',
  'extension_context_get',
  'extension_filesystem_known_paths',
  'extension_filesystem_select_folder',
  'extension_password_list',
  'extension_shell_list_available',
  'extension_web_storage_clear',
  'extension_web_storage_keys',
];
/** What is sent besides the table: a method that there is not. */
const besides = ['no_such_method'];
/** What is in the table and not for frames, which are told so. */
const pages = ['events.take'];

/** Holds a run against what each case expects, and against the table of methods. */
export function judge({ report, surprises }: Run, methods: Map<string, string>): void {
  const answers = new Map<string, Set<string>>();
  for (const { method, code } of report.calls)
    answers.set(method, (answers.get(method) ?? new Set<string>()).add(kindOf(code)));
  const ran = [...answers.keys()];
  const excused = new Set([
    ...Object.keys(fruitless),
    ...report.cases.flatMap(({ because, methods }) => (because === undefined ? [] : methods)),
  ]);
  expect(report.functions.length).toBeGreaterThan(100);
  expect({
    'questions that no case expects': surprises,
    'answers that no case expects': report.cases.filter(({ ok }) => !ok),
    'functions that no case calls': report.functions.filter((name) => !report.called.includes(name)).sort(),
    'methods besides the table': ran.filter((method) => !methods.has(method)).sort(),
    'methods of the table': [...methods.keys()].map((method) => [
      method,
      stateOf(answers.get(method), excused.has(method)),
    ]),
    'methods that work and that no case makes fail': ran
      .filter((method) => methods.get(method) === 'works' && !answers.get(method)?.has('error'))
      .sort(),
  }).toEqual({
    'questions that no case expects': [],
    'answers that no case expects': [],
    'functions that no case calls': Object.keys(uncalled).sort(),
    'methods besides the table': besides,
    'methods of the table': [...methods].map(([method, state]) => [
      method,
      pages.includes(method) ? 'refused' : state,
    ]),
    'methods that work and that no case makes fail': faultless,
  });
}

function kindOf(code: number | null): string {
  if (code === null) return 'result';
  if (code === 1004) return 'asked';
  return code === 8000 ? 'refused' : code === 8001 ? 'later' : 'error';
}

/** The state that the answers to a method show. One that is excused need not have a result. */
function stateOf(kinds: Set<string> | undefined, excused: boolean): string {
  if (kinds === undefined) return 'not called';
  const [only = ''] = kinds;
  if (kinds.size === 1 && ['refused', 'later'].includes(only) && !excused) return only;
  const works = kinds.has('result') && !kinds.has('refused') && !kinds.has('later');
  return works || excused ? 'works' : [...kinds].sort().join(', ');
}
