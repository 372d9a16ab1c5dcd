import en from '../../messages/en.json';

export type Key = keyof typeof en;
type PluralKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;
export type Params = Record<string, string | number>;

const locale = 'en';
const plural = new Intl.PluralRules(locale);
const texts: Record<Key, string> = en;

/** Returns the text of key with {names} replaced. A missing parameter stays visible as {name}. */
export function m(key: Key, params: Params = {}): string {
  return texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

/** Like m for texts that depend on a number: key.one, key.other, with {n}. */
export function mn(key: PluralKey, n: number, params: Params = {}): string {
  const form = plural.select(n) === 'one' ? 'one' : 'other';
  return m(`${key}.${form}` as Key, { n: number(n), ...params });
}

/** "a, b, and c". */
export function names(list: string[]): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(list);
}

export function number(n: number): string {
  return new Intl.NumberFormat(locale).format(n);
}

/** "20 November", with the year when it is another one. */
export function day(ms: number, now: number = Date.now()): string {
  const date = new Date(ms);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
}

/** "Friday 20 November". */
export function weekday(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })
    .format(new Date(ms))
    .replace(',', '');
}

/** The last millisecond of a second that a person picked: lists show times to the second. NaN if there is none. */
export function endOfSecond(local: string): number {
  return Math.floor(new Date(local).getTime() / 1000) * 1000 + 999;
}

/** "14:32:07". */
export function clock(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(ms));
}

/** "20 November at 14:32:07". */
export function moment(ms: number): string {
  return m('time.at', { day: day(ms), clock: clock(ms) });
}

/** "214 KB". 1 KB is 1,000 bytes, as file managers count. */
export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
