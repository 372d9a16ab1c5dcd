import { focused } from './focus';

/** How often an app may take the keyboard away before it is stopped. An honest one does so once, as it loads. */
export const mostSeizures = 5;

/** What the guard needs to know of the page and its apps. */
export interface Watched {
  /** The app whose frame this is, unless it may have the focus now. */
  intruder(frame: HTMLIFrameElement): { seized(): void } | undefined;
  /** Changes with what is on screen: what was counted before does not count any more. */
  scene(): string;
}

/**
 * Keeps the keyboard with what is on screen. No engine stops a frame from
 * taking the focus, not when it is inert and not when it is not even drawn, so
 * an app could read what is typed into a dialog of Alcove. The guard takes the
 * focus back at once, and has the app stopped that does it again and again.
 */
export class FocusGuard {
  #last: HTMLElement | null = null;
  #scene = '';
  #seizures = new Map<object, number>();

  constructor(private readonly page: Watched) {}

  /** Something in the page has the focus. */
  came(): void {
    const at = focused();
    if (at !== null && !(at instanceof HTMLIFrameElement)) this.#last = at;
  }

  /** The page lost the focus, perhaps to a frame. */
  left(): void {
    // Where it went is known only afterwards.
    setTimeout(() => this.#look());
  }

  #look(): void {
    const frame = focused();
    if (!(frame instanceof HTMLIFrameElement)) return;
    const app = this.page.intruder(frame);
    if (app === undefined) return;
    if (this.#scene !== this.page.scene()) {
      this.#scene = this.page.scene();
      this.#seizures.clear();
    }
    const times = (this.#seizures.get(app) ?? 0) + 1;
    this.#seizures.set(app, times);
    window.focus();
    frame.blur();
    const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
    const back = this.#last?.isConnected && (!dialog || dialog.contains(this.#last)) ? this.#last : null;
    (back ?? dialog?.querySelector<HTMLElement>('button, input'))?.focus();
    if (times > mostSeizures) app.seized();
  }
}
