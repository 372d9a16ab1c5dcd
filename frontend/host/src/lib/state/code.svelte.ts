import type { HostClient } from '../api/client';
import type { Code } from '../api/items';
import { Attempts } from './attempts.svelte';

/** The present one-time code of an item. */
export class CodeState extends Attempts {
  code = $state.raw<Code | null>(null);

  constructor(
    private readonly client: Pick<HostClient, 'call'>,
    private readonly id: string,
  ) {
    super();
  }

  /** Asks for the next code when this one has ended. */
  async follow(now: number): Promise<void> {
    if (this.busy || this.error || (this.code && now < this.code.until)) return;
    await this.attempt(async () => {
      this.code = await this.client.call('items.code', { id: this.id });
    });
  }

  /** Seconds that the code still lasts. */
  left(now: number): number {
    return this.code ? Math.min(this.code.period, Math.max(0, Math.ceil((this.code.until - now) / 1000))) : 0;
  }
}
