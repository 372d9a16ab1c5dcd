import type { HostClient } from '../api/client';
import type { Program, Programs } from '../api/external';
import { Attempts } from './attempts.svelte';

/** The port that programs try unless they are told another. */
export const usualPort = 19_455;

/** Whether other programs may ask apps, and what was decided about them. */
export class ProgramsState extends Attempts {
  found = $state.raw<Programs | null>(null);
  /** The port as it is written. */
  port = $state('');

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  /** The port that is written, if it is another one that can be used. */
  get newPort(): number | null {
    const port = Number(this.port);
    const usable = /^\d+$/.test(this.port) && port >= 1024 && port <= 65_535;
    return usable && port !== this.found?.port ? port : null;
  }

  async set(change: { on?: boolean; port?: number }): Promise<void> {
    const { found } = this;
    if (found === null) return;
    await this.attempt(async () => {
      await this.client.call('external.set', { on: found.on, port: found.port, ...change });
      await this.#read();
    });
  }

  forget({ key, origin, app }: Program): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call('external.forget', { key, origin, app });
      await this.#read();
    });
  }

  async #read(): Promise<void> {
    const found = await this.client.call('external.get');
    // Only now: what an effect reads before it waits it follows, and this is what it changes.
    if (found.port !== this.found?.port) this.port = String(found.port);
    this.found = found;
  }
}
