import type { Repeat } from '../api/client';
import { Attempts } from './attempts.svelte';

/** The passphrase is asked for again, because a call needs it. One question at a time. */
export class Confirmation extends Attempts {
  asking = $state(false);
  #repeat: Repeat | undefined;
  #settle: ((done: boolean) => void) | undefined;

  /** Asks and repeats the call. Returns whether it was done. */
  ask(repeat: Repeat): Promise<boolean> {
    if (this.asking) return Promise.resolve(false);
    this.asking = true;
    this.error = null;
    this.#repeat = repeat;
    return new Promise((resolve) => (this.#settle = resolve));
  }

  async submit(passphrase: string): Promise<void> {
    if (this.busy) return;
    if (await this.attempt(async () => this.#repeat?.(passphrase))) this.#end(true);
  }

  cancel(): void {
    if (!this.busy) this.#end(false);
  }

  #end(done: boolean): void {
    this.asking = false;
    this.error = null;
    this.#settle?.(done);
  }
}
