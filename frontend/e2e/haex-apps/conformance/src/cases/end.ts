// A change of the surroundings, and the end of the client.
import { nothing, type Case, type Heard } from '../case';

const told: Heard[] = [];
const note = (event: unknown) => void told.push(event as Heard);
let updates = 0;
let stop: () => void = () => undefined;

export const end: Case[] = [
  {
    sdk: 'subscribe',
    run: (s) => {
      stop = s.subscribe(() => updates++);
    },
    expect: nothing,
  },
  {
    sdk: 'on',
    what: 'of another theme',
    person: [{ do: 'theme', theme: 'Dark' }],
    run: async (s, given) => {
      s.on('haextension:context:changed', note);
      const changed = (event: Heard) =>
        (event.data as { context: { theme: string } }).context.theme === 'dark';
      await given.event('haextension:context:changed', changed);
      return { theme: s.context?.theme, told: told.length > 0, updates: updates > 0 };
    },
    expect: { theme: 'dark', told: true, updates: true },
  },
  {
    sdk: 'off',
    what: 'and nothing more is told',
    person: [{ do: 'theme', theme: 'Light' }],
    run: async (s, given) => {
      s.off('haextension:context:changed', note);
      stop();
      const before = [told.length, updates];
      const changed = (event: Heard) =>
        (event.data as { context: { theme: string } }).context.theme === 'light';
      await given.event('haextension:context:changed', changed);
      return JSON.stringify(before) === JSON.stringify([told.length, updates]);
    },
    expect: true,
  },
  { sdk: 'destroy', run: (s) => s.destroy(), expect: nothing },
  {
    sdk: 'request',
    what: 'after the end',
    run: (s) => s.request('extension_context_get'),
    expect: (got: unknown) => got instanceof Error,
  },
];
