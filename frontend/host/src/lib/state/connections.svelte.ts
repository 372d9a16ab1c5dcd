import type { HostClient } from '../api/client';
import { Attempts } from './attempts.svelte';

/** A connection while it is written. Its id is empty until it is kept. */
export interface ConnectionDraft {
  readonly id: string;
  written(): object;
}

/** What opens something outside of the vault and is kept in it: the list, and the one that is written. */
export abstract class ConnectionsState<
  Kept extends { id: string },
  Draft extends ConnectionDraft,
> extends Attempts {
  list = $state.raw<Kept[] | null>(null);
  draft = $state.raw<Draft | null>(null);

  constructor(
    protected readonly client: HostClient,
    private readonly kind: 'accounts' | 'storages',
  ) {
    super();
  }

  protected abstract read(): Promise<Kept[]>;
  protected abstract drafted(one: Kept | null): Draft;

  /** Forgets what was said about the one before. */
  protected forget(): void {
    this.error = null;
  }

  async load(): Promise<void> {
    await this.attempt(() => this.refresh());
  }

  /** Begins to write one, a new one for null. */
  write(one: Kept | null): void {
    this.forget();
    this.draft = this.drafted(one);
  }

  cancel(): void {
    this.forget();
    this.draft = null;
  }

  save(): Promise<boolean> {
    const draft = this.draft;
    return this.attempt(async () => {
      if (!draft) return;
      await this.client.call(draft.id === '' ? `${this.kind}.add` : `${this.kind}.change`, draft.written());
      this.cancel();
      await this.refresh();
    });
  }

  remove(one: Kept): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call(`${this.kind}.remove`, { id: one.id });
      this.forget();
      await this.refresh();
    });
  }

  protected async refresh(): Promise<void> {
    this.list = await this.read();
  }
}
