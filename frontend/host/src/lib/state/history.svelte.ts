import * as v from 'valibot';
import type { HostClient } from '../api/client';
import { InTheWay, type Change, type Difference, type History, type PutBack } from '../api/data';
import { Attempts } from './attempts.svelte';

const firstPage = 8;
const nextPage = 30;

/** The past of one app's tables, and going back to it. */
export class HistoryState extends Attempts {
  data = $state.raw<History | null>(null);
  moments = $state.raw<Change[]>([]);
  /** What putting back would change, while the person is asked. */
  difference = $state.raw<Difference | null>(null);
  done = $state.raw<PutBack | null>(null);

  #comparing = false;

  constructor(
    private readonly client: HostClient,
    readonly id: string,
  ) {
    super();
  }

  /** The rows that cannot be as they were, for which nothing was put back. */
  readonly inTheWay = $derived.by(() => {
    const rows = v.safeParse(v.array(InTheWay), this.error?.data.rows);
    return rows.success ? rows.output : [];
  });

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  async earlier(): Promise<void> {
    const last = this.moments.at(-1);
    if (!last) return;
    await this.attempt(async () => {
      const page = await this.client.call('data.history', {
        id: this.id,
        before: last.moment,
        limit: nextPage,
      });
      this.moments = [...this.moments, ...page.moments];
      this.data = page;
    });
  }

  async keep(bounds: { on: boolean; days: number; share: number }): Promise<void> {
    await this.attempt(async () => {
      await this.client.call('data.set_history', { id: this.id, ...bounds });
      await this.#read();
    });
  }

  /** Asks what would change, and then the person. */
  async compare(to: { moment: string } | { at: number }): Promise<void> {
    if (this.#comparing) return; // the list may be read anew meanwhile
    this.#comparing = true;
    let found: Difference | null = null;
    await this.attempt(async () => {
      found = await this.client.call('data.difference', { id: this.id, ...to });
    });
    this.#comparing = false;
    this.difference = found;
  }

  dismiss(): void {
    this.difference = null;
    this.error = null;
  }

  /** Puts back what the person saw. Saves is what has to be done before: the app saves and closes. */
  async putBack(saves: () => Promise<void>): Promise<boolean> {
    const to = this.difference;
    if (!to) return false;
    return this.attempt(async () => {
      await saves();
      this.done = await this.client.call('data.put_back', { id: this.id, moment: to.moment });
      this.difference = null;
      await this.#read();
    });
  }

  async #read(): Promise<void> {
    const page = await this.client.call('data.history', { id: this.id, limit: firstPage });
    this.data = page;
    this.moments = page.moments;
  }
}
