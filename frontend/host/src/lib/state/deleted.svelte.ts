import type { HostClient } from '../api/client';
import type { Summary } from '../api/items';
import { Attempts } from './attempts.svelte';

/** Items that were deleted and can be had back for some days. */
export class DeletedState extends Attempts {
  items = $state.raw<Summary[] | null>(null);

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  restore(item: Summary): Promise<boolean> {
    return this.#do('items.restore', item);
  }

  /** Takes it out for good, on every device. */
  remove(item: Summary): Promise<boolean> {
    return this.#do('items.remove', item);
  }

  #do(method: 'items.restore' | 'items.remove', { id }: Summary): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call(method, { id });
      await this.#read();
    });
  }

  async #read(): Promise<void> {
    this.items = (await this.client.call('items.deleted')).items;
  }
}
