import type { HostClient } from '../api/client';
import type { Inspection, Rule } from '../api/permissions';
import { midnight } from '../time';
import { Attempts } from './attempts.svelte';
import type { Key } from './permissions.svelte';

/** What one app used its permissions for, all of them. */
export class UsesState extends Attempts {
  data = $state.raw<Inspection | null>(null);

  constructor(
    private readonly client: HostClient,
    private readonly id: string,
  ) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(async () => {
      this.data = await this.client.call('permissions.cell', {
        id: this.id,
        capability: '',
        midnight: midnight(),
      });
    });
  }

  /** What is known of the use of one permission. */
  of({ resource, action, target }: Key): Rule | undefined {
    return this.data?.rules.find(
      (rule) => rule.resource === resource && rule.action === action && rule.target === target,
    );
  }

  revokeAll(): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call('permissions.revoke', { id: this.id, capability: '', decision: 'deny' });
    });
  }
}
