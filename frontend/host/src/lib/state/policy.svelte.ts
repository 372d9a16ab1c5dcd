import type { HostClient } from '../api/client';
import { Attempts } from './attempts.svelte';

/** What this vault forbids to every app. */
export class PolicyState extends Attempts {
  forbidden = $state.raw<string[] | null>(null);
  /** What is to be allowed again, while the passphrase is asked for. */
  allowing = $state<string | null>(null);

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(async () => {
      this.forbidden = (await this.client.call('policy.get')).forbid;
    });
  }

  /** Forbids at once. Allowing needs the passphrase, see allow. */
  async set(name: string, forbid: boolean): Promise<void> {
    if (!forbid) {
      this.allowing = name;
      return;
    }
    await this.#save([...(this.forbidden ?? []), name]);
  }

  async allow(passphrase: string): Promise<void> {
    const name = this.allowing;
    const rest = (this.forbidden ?? []).filter((other) => other !== name);
    if (await this.#save(rest, passphrase)) this.allowing = null;
  }

  cancel(): void {
    this.allowing = null;
    this.error = null;
  }

  #save(forbid: string[], passphrase?: string): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call('policy.set', { forbid, ...(passphrase === undefined ? {} : { passphrase }) });
      this.forbidden = forbid;
    });
  }
}
