import type { Offered } from '../api/picks';
import type { PickerState } from './picker.svelte';
import { armAfter } from './prompts.svelte';

/** How many items are listed without a field to filter them. */
export const mostUnfiltered = 8;

/** The dialog in which the person chooses one of the things that another app offers. */
export class ItemChoice {
  filter = $state('');
  /** The row that is chosen. None is to begin with: a key that was meant for something else chooses nothing. */
  at = $state(-1);
  /** The dialog has been seen for long enough to be answered. */
  armed = $state(false);
  readonly filtered: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly pick: PickerState) {
    this.filtered = pick.picker.items.length > mostUnfiltered;
  }

  readonly rows = $derived.by(() => {
    const wanted = this.filter.trim().toLowerCase();
    return this.pick.picker.items.filter(({ label, detail }) =>
      `${label} ${detail}`.toLowerCase().includes(wanted),
    );
  });
  readonly chosen = $derived<Offered | undefined>(this.rows[this.at]);
  readonly ready = $derived.by(() => this.armed && !this.pick.busy && this.chosen !== undefined);

  /** The dialog is on the screen: from now on its time runs. */
  async shown(): Promise<void> {
    await this.pick.shown();
    if (this.pick.error === null) this.#timer = setTimeout(() => (this.armed = true), armAfter);
  }

  /** The dialog is gone. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Shows what has this in it; what was chosen may not be there any more. */
  find(text: string): void {
    this.filter = text;
    this.at = -1;
  }

  go(to: number): void {
    this.at = Math.max(0, Math.min(this.rows.length - 1, to));
  }

  /** Gives the one that is chosen, and nothing before the person can have seen which. */
  async answer(): Promise<void> {
    if (!this.ready || !this.chosen) return;
    this.pick.chosen = [this.chosen.id];
    await this.pick.answer();
  }
}
