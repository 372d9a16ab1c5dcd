import type { HostClient } from '../api/client';
import type { Conflict } from '../api/data';
import { Attempts } from './attempts.svelte';

const page = 20;

/** What gave way in one app's tables when changes of several devices met. */
export class ConflictsState extends Attempts {
  list = $state.raw<Conflict[]>([]);
  total = $state(0);
  more = $state(false);
  loaded = $state(false);
  /** The conflict that was settled last, and how. */
  settled = $state.raw<{ conflict: Conflict; how: 'restored' | 'dismissed' } | null>(null);

  constructor(
    private readonly client: HostClient,
    readonly id: string,
  ) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  async older(): Promise<void> {
    const last = this.list.at(-1);
    if (!last) return;
    await this.attempt(async () => {
      const next = await this.client.call('data.conflicts', { id: this.id, before: last.id, limit: page });
      this.list = [...this.list, ...next.list];
      this.total = next.total;
      this.more = next.more;
    });
  }

  /** Takes back what gave way. Saves is what has to be done before: the app saves and closes. */
  restore(conflict: Conflict, saves: () => Promise<void>): Promise<boolean> {
    return this.#settle(conflict, 'data.restore_conflict', 'restored', saves);
  }

  dismiss(conflict: Conflict): Promise<boolean> {
    return this.#settle(conflict, 'data.dismiss_conflict', 'dismissed');
  }

  #settle(
    conflict: Conflict,
    method: 'data.restore_conflict' | 'data.dismiss_conflict',
    how: 'restored' | 'dismissed',
    saves?: () => Promise<void>,
  ): Promise<boolean> {
    return this.attempt(async () => {
      await saves?.();
      await this.client.call(method, { id: this.id, conflict: conflict.id });
      this.settled = { conflict, how };
      await this.#read();
    });
  }

  async #read(): Promise<void> {
    const first = await this.client.call('data.conflicts', { id: this.id, limit: page });
    this.list = first.list;
    this.total = first.total;
    this.more = first.more;
    this.loaded = true;
  }
}
