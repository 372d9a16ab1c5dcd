import type { HostClient } from '../api/client';
import type { Meter } from '../api/schema';

/** How often they are read while somebody can see them. */
const every = 2_000;

/** What an open app uses, read again and again while it is on screen. */
export class Meters {
  list = $state.raw<Meter[]>([]);

  constructor(
    private readonly client: HostClient,
    private readonly id: string,
  ) {
    $effect(() => {
      void this.#read();
      const timer = setInterval(() => void this.#read(), every);
      return () => clearInterval(timer);
    });
  }

  async #read(): Promise<void> {
    if (document.hidden) return;
    try {
      this.list = (await this.client.call('ext.meters', { id: this.id })).meters;
    } catch {
      this.list = []; // the vault was locked meanwhile, or there is no connection, which is told elsewhere
    }
  }
}
