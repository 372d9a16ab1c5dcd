import type { HostClient } from '../api/client';
import type { Decision, Detail, Line } from '../api/schema';
import { Attempts } from './attempts.svelte';

/** What is known of one installed app, and the person's decisions about it. */
export class DetailState extends Attempts {
  data = $state.raw<Detail | null>(null);

  constructor(
    private readonly client: HostClient,
    private readonly id: string,
  ) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(async () => {
      this.data = await this.client.call('ext.detail', { id: this.id });
    });
  }

  /** Changes a decision. It holds from the app's next call on. */
  async choose(line: Line, decision: Decision): Promise<void> {
    const { resource, action, target } = line;
    await this.attempt(async () => {
      const choice = { resource, action, target, decision };
      this.data = (await this.client.call('ext.set_grant', { id: this.id, choice })).detail;
    });
  }

  /** Changes a limit. It holds from the app's next call on. */
  async limit(name: string, value: number): Promise<void> {
    await this.attempt(async () => {
      this.data = (await this.client.call('ext.set_limit', { id: this.id, name, value })).detail;
    });
  }

  async setEnabled(enabled: boolean): Promise<boolean> {
    const method = enabled ? 'ext.enable' : 'ext.disable';
    const done = await this.attempt(async () => void (await this.client.call(method, { id: this.id })));
    if (done) await this.load();
    return done;
  }

  remove(deleteData: boolean): Promise<boolean> {
    return this.attempt(
      async () => void (await this.client.call('ext.remove', { id: this.id, delete_data: deleteData })),
    );
  }
}
