import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

export type Theme = 'light' | 'dark';

/** What the host tells an extension about itself and its surroundings. */
export interface Context {
  /** `<lineage hex>.<name>`, stable across versions. */
  readonly id: string;
  readonly name: string;
  /** The title shown to people, in their language. */
  readonly title: string;
  readonly version: string;
  /** What every one of the extension's table names starts with. Prefer `vault.table()`. */
  readonly prefix: string;
  readonly theme: Theme;
  /** BCP 47, such as `en` or `pt-BR`. */
  readonly locale: string;
  /** `linux`, `windows` or `darwin`. */
  readonly platform: string;
  readonly reducedMotion: boolean;
}

const PREFIX = /^[0-9a-f]{64}__[a-z][a-z0-9-]{0,39}__$/;

/** Checks what came over the port and freezes it. */
export function parseContext(value: unknown): Context {
  if (!isMap(value)) throw wrong('it is no object');
  const text = (key: string): string => {
    const v = value[key];
    if (typeof v !== 'string') throw wrong(`“${key}” is no text`);
    return v;
  };
  const prefix = text('prefix');
  if (!PREFIX.test(prefix)) throw wrong('“prefix” is no table prefix');
  return Object.freeze({
    id: text('id'),
    name: text('name'),
    title: text('title'),
    version: text('version'),
    prefix,
    theme: value.theme === 'dark' ? 'dark' : 'light',
    locale: text('locale') || 'en',
    platform: text('platform'),
    reducedMotion: value.reducedMotion === true,
  });
}

function wrong(why: string): AlcoveError {
  return new AlcoveError('handshake.malformed', `the host sent no valid context: ${why}`);
}
