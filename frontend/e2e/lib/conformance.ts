// Drives the app in haex-apps/conformance, in which every function of the SDK is
// called: does what a person would, reads what came of it, and holds it against
// the table of methods in the documentation.
import { expect } from '@playwright/test';
import type { Report, Wants } from '../haex-apps/conformance/src/case';
import type { Surroundings } from './conformance-around';
import { type Person, armed, does } from './conformance-person';
import { patient } from './patience';

/** A run: what the app reports, and where the person was asked something else, or not at all. */
export interface Run {
  report: Report;
  surprises: string[];
}

/** Runs all cases of the app, which is on screen. */
export async function runCases(person: Person, around: Surroundings): Promise<Run> {
  const surprises: string[] = [];
  await expect.poll(() => person.lookInFrame('#state'), patient).toBe('ready');
  await person.clickInFrame('#start');
  for (let last = -1; ;) {
    const wants = JSON.parse(await person.lookInFrame('#wants')) as Wants;
    const name = wants.name ?? '';
    if (wants.done) return { report: JSON.parse(await person.lookInFrame('#report')) as Report, surprises };
    if (wants.n !== undefined && wants.n !== last) {
      last = wants.n;
      for (const act of wants.acts ?? [])
        await does(person, around, act).catch((error: unknown) => {
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

/** Functions that no case can call, and why. */
const uncalled: Record<string, string> = {
  initNative: 'it is for windows of haex-vault itself',
  handleActionRequestInternal: 'Alcove has no assistant that would ask apps',
};
/** Methods that work and never have a result here, and why. */
const fruitless: Record<string, string> = {
  ai_action_respond: 'Alcove has no assistant that would ask apps',
};
/** Methods that nothing makes fail but a person's no, and the page's own, which a frame is refused. */
const faultless = [
  'events.take',
  'extension_context_get',
  'extension_filesystem_known_paths',
  'extension_filesystem_select_folder',
  'extension_password_list',
  'extension_remote_storage_list_backends',
  'extension_shell_list_available',
  'extension_space_list',
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
