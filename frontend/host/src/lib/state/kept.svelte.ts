import type { HostClient } from '../api/client';
import type { Kept } from '../api/schema';
import { Attempts } from './attempts.svelte';

/** The data of apps that were removed without it. */
export class KeptState extends Attempts {
  list = $state.raw<Kept[] | null>(null);

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  /** Deletes for good. */
  delete(kept: Kept): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call('ext.remove', { id: kept.id, delete_data: true });
      await this.#read();
    });
  }

  async #read(): Promise<void> {
    this.list = (await this.client.call('ext.kept')).kept;
  }
}
