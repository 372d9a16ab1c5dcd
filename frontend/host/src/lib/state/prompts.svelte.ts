import type { HostClient } from '../api/client';
import { asHostError, type HostError } from '../api/errors';
import type { Prompt } from '../api/schema';
import { focused } from '../focus';

/** How long a question is seen before it can be answered; Go holds the page to 500 ms. */
export const armAfter = 520;

export type Choice = 'deny' | 'never' | 'once' | 'open' | 'until' | 'uses' | 'always';

/** What goes with a choice. */
export interface Terms {
  until?: number;
  uses?: number;
  fold?: boolean;
  passphrase?: Uint8Array;
}

/** What apps ask the person: Go keeps the queue, the page shows the first of it. */
export class Prompts {
  current = $state.raw<Prompt | null>(null);
  /** The question has been seen for long enough. */
  armed = $state(false);
  busy = $state(false);
  error = $state.raw<HostError | null>(null);
  /** What had the focus before the first of the questions was on the screen. */
  #before: HTMLElement | null = null;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: HostClient) {}

  /** Asks Go which question is to be shown. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const { prompt } = await this.client.call('prompt.current');
    if (asked === this.#asked) this.#set(prompt ?? null);
  }

  /** A question comes onto the screen, and is about to have the focus. */
  takesFocus(): void {
    this.#before ??= focused();
  }

  /** The question is on the screen: from now on its time runs. */
  async shown(id: number): Promise<void> {
    this.#disarm();
    try {
      await this.client.call('prompt.shown', { id });
      this.#disarm();
      this.#timer = setTimeout(() => (this.armed = this.current?.id === id), armAfter);
    } catch {
      await this.refresh(); // it is not asked any more
    }
  }

  async answer(choice: Choice, terms: Terms = {}): Promise<void> {
    await this.#end('prompt.answer', { choice, ...terms });
  }

  /** The person turned to something else: no for this time. */
  async dismiss(): Promise<void> {
    await this.#end('prompt.dismiss', {});
  }

  /** Where the focus goes when nothing is asked any more. */
  takeFocus(): HTMLElement | null {
    const before = this.#before;
    this.#before = null;
    return before?.isConnected ? before : null;
  }

  /** The vault is locked: nothing is asked. */
  clear(): void {
    this.#asked++;
    this.#set(null);
  }

  async #end(method: 'prompt.answer' | 'prompt.dismiss', what: object): Promise<void> {
    const { current } = this;
    if (current === null || !this.armed || this.busy) return;
    this.busy = true;
    this.armed = false;
    this.error = null;
    try {
      await this.client.call(method, { id: current.id, ...what });
    } catch (error) {
      const shown = asHostError(error);
      if (shown.code !== 'prompt.gone') this.error = shown;
    }
    this.busy = false;
    if (this.error === null) await this.refresh();
    else if (this.current?.id === current.id) this.armed = true;
  }

  #set(prompt: Prompt | null): void {
    if (this.current?.id !== prompt?.id) {
      this.#disarm();
      this.error = null;
    }
    this.current = prompt;
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.armed = false;
  }
}
