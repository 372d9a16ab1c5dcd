// Every function of the SDK, called one after the other from a table, beside
// which is written what Alcove answers by its specification. The test that drives
// this does what a person would, and reads the report.
import { EXTERNAL_EVENTS, HAEXTENSION_EVENTS, HaexVaultSdk, SHELL_EVENTS } from '@haex-space/vault-sdk';
import manifest from '../haextension/manifest.json';
import { name, version } from '../package.json';
import { Code, fits, tooLate, type Case, type Engine, type Given, type Heard, type Report } from './case';
import { cases } from './cases';
import { Functions } from './functions';
import about from './given.json';
import { followWire } from './wire';

/** How long one case may take, with what the person has to do on a busy computer. */
const longest = 180_000;

function show(id: string, text: string): void {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

const calls = followWire();
const functions = new Functions();
functions.follow(HaexVaultSdk.prototype, '');
const sdk = new HaexVaultSdk({ manifest: { ...manifest, name, version } as never, timeout: longest });
functions.walk(sdk);

const events: Heard[] = [];
const waiting = new Set<() => void>();
for (const type of [HAEXTENSION_EVENTS, SHELL_EVENTS, EXTERNAL_EVENTS].flatMap((all) => Object.values(all)))
  sdk.on(type, (event) => {
    events.push(event as unknown as Heard);
    for (const look of waiting) look();
  });

const given: Given = {
  engine: about.engine as Engine,
  echo: `http://127.0.0.1:${about.port}`,
  imap: { ...about.mail, port: 993, security: 'tls', password: 'not the vault’s' },
  found: {},
  heard: (type) => events.filter((event) => event.type === type),
  event: (type, matches = () => true) =>
    new Promise((resolve) => {
      const look = () => {
        const found = events.find((event) => event.type === type && matches(event));
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    }),
};

/** What came of a call: its result, or its error as one that can be compared. */
async function outcome(one: Case): Promise<unknown> {
  let timer = 0;
  const late = new Promise((resolve) => {
    timer = window.setTimeout(() => resolve(tooLate), longest);
  });
  try {
    return await Promise.race([(async () => one.run(sdk, given))(), late]);
  } catch (error) {
    const { code, reason } = error as { code?: unknown; reason?: unknown };
    return typeof code === 'number' ? new Code(code, String(reason)) : error;
  } finally {
    clearTimeout(timer);
  }
}

function written(value: unknown): string {
  if (value instanceof Error) return String(value);
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Code) return `code ${String(part.code)} ${part.reason}`;
    if (part instanceof Uint8Array) return [...part];
    return typeof part === 'function' ? String(part) : part;
  }) as string | undefined;
  return (text ?? 'undefined').slice(0, 400);
}

async function judge(one: Case, n: number): Promise<Report['cases'][number]> {
  show('wants', JSON.stringify({ n, name: `${one.sdk} ${one.what ?? ''}`, acts: one.person ?? [] }));
  const here = one.otherwise?.engine === given.engine ? one.otherwise : undefined;
  const want = here ? here.expect : one.expect;
  functions.called.delete(one.sdk);
  const before = calls.length;
  const got = await outcome(one);
  // A case that calls another function than it says would prove nothing.
  const called = functions.called.has(one.sdk);
  return {
    sdk: one.sdk,
    what: one.what ?? '',
    ok: called && fits(got, want),
    got: called ? written(got) : `${one.sdk} was not called`,
    want: written(want),
    methods: calls.slice(before).map(({ method }) => method),
    ...(here && { because: here.because }),
  };
}

async function run(): Promise<void> {
  const told: Report['cases'] = [];
  for (const [n, one] of cases.entries()) told.push(await judge(one, n));
  const report: Report = {
    cases: told,
    calls,
    functions: [...functions.all],
    called: [...new Set([...told.map(({ sdk }) => sdk), ...functions.called])],
  };
  show('report', JSON.stringify(report));
  show('wants', JSON.stringify({ done: true }));
}

sdk.ready().then(
  () => show('state', 'ready'),
  (error: unknown) => show('state', `failed ${String(error)}`),
);
document.getElementById('start')?.addEventListener('click', () => void run(), { once: true });
