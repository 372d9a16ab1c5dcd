// What a case is: a function of the SDK, what it is called with, what a person
// does meanwhile, and what it answers by the specification.
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import about from './given.json';

export type Engine = 'browser' | 'window';

/** Something a person does outside of the app; paths are below their home folder. */
export type Act =
  | {
      do: 'answer';
      /** What the question says, as a regular expression. */
      about: string;
      choice: 'Once' | 'While open' | 'Don’t allow';
      /** It asks for the passphrase, too. */
      confirm?: true;
    }
  /** Picks in the file dialog, or closes it. */
  | { do: 'pick'; kind: 'file' | 'folder' | 'save'; path: string | null }
  /** Changes a file with another program. */
  | { do: 'write'; path: string }
  | { do: 'theme'; theme: 'Light' | 'Dark' }
  /** Lets another program on this computer, which connects, ask the app. */
  | { do: 'connect' }
  /** Has that program ask the app something, which is to be answered by this. */
  | { do: 'ask'; action: string; payload: Record<string, unknown>; answer: Record<string, unknown> };

export interface Heard {
  type: string;
  [more: string]: unknown;
}

/** What cases know, and what earlier ones have found out. */
export interface Given {
  readonly engine: Engine;
  /** A server that answers with the body it was sent, and cuts the line at /cut. */
  readonly echo: string;
  readonly imap: {
    host: string;
    port: number;
    security: 'tls';
    username: string;
    /** Not the account's: that one is the vault's. */
    password: string;
  };
  found: Record<string, string>;
  /** Waits for an event, one that has come already included. */
  event(type: string, fits?: (event: Heard) => boolean): Promise<Heard>;
  /** Every event of a type so far. */
  heard(type: string): Heard[];
}

export interface Case {
  /** The function by its path from the client. */
  sdk: string;
  /** What is special about this call of it. */
  what?: string;
  person?: Act[];
  run(client: HaexVaultSdk, given: Given): unknown;
  /** What fits the answer: see fits. */
  expect: unknown;
  /** The engine that answers otherwise, and why it cannot do better. */
  otherwise?: { engine: Engine; expect: unknown; because: string };
}

/** A specified error: its number, and Alcove's own word for it. */
export class Code {
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {}
}
export const code = (number: number, reason: string) => new Code(number, reason);

/** An answer that has nothing to say. */
export const nothing = (got: unknown) => got === undefined || got === null;
export const isText = (got: unknown) => typeof got === 'string' && got !== '';
export const isTime = (got: unknown) => typeof got === 'number' && got > 1e12;
/** A time as JavaScript writes it. */
export const isDate = (got: unknown) => /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/.test(String(got));
export const absent = (got: unknown) => got === undefined;

/** What a person does where there is a desktop, and is not asked for elsewhere. */
export const inWindow = (acts: Act[]): Act[] => (about.engine === 'window' ? acts : []);

/** What a case answers that nothing answered. */
export const tooLate = 'no answer in time';

/**
 * Whether an answer is what is expected: a function judges it, of an object its
 * own keys count, all else is equal. Bytes are compared as lists.
 */
export function fits(got: unknown, want: unknown): boolean {
  if (typeof want === 'function') return (want as (got: unknown) => boolean)(got);
  if (want instanceof Code)
    return got instanceof Code && got.code === want.code && got.reason === want.reason;
  if (Array.isArray(want)) {
    const list = got instanceof Uint8Array ? [...got] : got;
    return Array.isArray(list) && list.length === want.length && want.every((one, i) => fits(list[i], one));
  }
  if (typeof want === 'object' && want !== null) {
    if (typeof got !== 'object' || got === null) return false;
    return Object.entries(want).every(([key, value]) => fits((got as Record<string, unknown>)[key], value));
  }
  return Object.is(got, want);
}

/** What the app tells of its run. */
export interface Report {
  cases: {
    sdk: string;
    what: string;
    ok: boolean;
    got: string;
    want: string;
    /** Methods that were answered meanwhile. */
    methods: string[];
    /** Why this engine answers otherwise, where it does. */
    because?: string;
  }[];
  /** Every call on the wire, with its number of the error or none. */
  calls: { method: string; code: number | null }[];
  functions: string[];
  called: string[];
}

/** What the app waits for. */
export interface Wants {
  n?: number;
  name?: string;
  acts?: Act[];
  done?: true;
}
