import { unpack } from './codec';

/** The per-launch secret that every call carries. Calls wait until it is there. */
export class Token {
  #value: string | null = null;
  #waiting: ((token: string) => void)[] = [];
  /** Called when the host refuses the newest token. */
  onrefused: () => void = () => {};

  set(value: string): void {
    this.#value = value;
    for (const resolve of this.#waiting.splice(0)) resolve(value);
  }

  get(): Promise<string> {
    if (this.#value !== null) return Promise.resolve(this.#value);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  refused(token: string): boolean {
    if (token !== this.#value) return true;
    this.onrefused();
    return false;
  }
}

/** What Go calls in the window: the token after each load, and the watchdog's heartbeat. */
export interface WindowHook {
  token(token: string): void;
  beat(n: number): void;
}

declare global {
  interface Window {
    __alcove?: WindowHook;
    __alcoveToken?: string;
  }
}

/** Lets Go push the token and the heartbeat, also when it was quicker than this script. */
export function installHook(token: Token, beat: (n: number) => void, target: Window = window): void {
  target.__alcove = {
    token: (value) => {
      delete target.__alcoveToken;
      token.set(value);
    },
    beat,
  };
  if (target.__alcoveToken) {
    token.set(target.__alcoveToken);
    delete target.__alcoveToken;
  }
}

/** Whether this page is in Alcove's own window and not in a browser. */
export function inWindow(location: Pick<Location, 'protocol' | 'hostname'>): boolean {
  return (
    location.protocol === 'wails:' || location.hostname === 'wails.localhost' || location.hostname === 'wails'
  );
}

const fragment = /^#token=([A-Za-z0-9_-]+)$/;

/**
 * Finds the token of a page in a browser and returns it, or null when there is
 * none. The first load brings it in the fragment, from where it moves to the
 * history entry's state: the address bar shows nothing, and a reload still
 * finds it. A reload exchanges it, so that each token lives for one load.
 */
export async function browserToken(
  location: Pick<Location, 'hash' | 'pathname'>,
  history: Pick<History, 'state' | 'replaceState'>,
  send: typeof fetch = (input, init) => fetch(input, init),
): Promise<string | null> {
  const given = fragment.exec(location.hash)?.[1];
  if (given !== undefined) {
    history.replaceState({ alcove: given }, '', location.pathname);
    return given;
  }
  const kept = (history.state as { alcove?: unknown } | null)?.alcove;
  if (typeof kept !== 'string') return null;
  const response = await send('/_host/token', { method: 'POST', headers: { 'X-Alcove-Token': kept } });
  if (!response.ok) return null;
  const next = (unpack(await response.arrayBuffer()) as { token?: unknown }).token;
  if (typeof next !== 'string') return null;
  history.replaceState({ alcove: next }, '', location.pathname);
  return next;
}
