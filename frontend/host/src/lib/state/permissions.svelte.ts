import type { HostClient } from '../api/client';
import type { Access, Cell, Ended, Inspection } from '../api/permissions';
import { midnight } from '../time';
import { Attempts } from './attempts.svelte';

/** The columns of the table. Those that no app has anything to do with are left out, but for the first ones. */
export const capabilities = [
  'own',
  'apps',
  'net',
  'files',
  'clipboard',
  'shell',
  'secrets',
  'passwords',
  'mail',
  'spaces',
  'storage',
  'notifications',
  'background',
] as const;
export type Capability = (typeof capabilities)[number];
const always: Capability[] = ['own', 'apps', 'net', 'files', 'clipboard', 'background'];

export type Show = 'all' | 'denied' | 'unused';
export interface Place {
  id: string;
  capability: Capability;
}
/** One permission, or something that was reached by one. */
export interface Key {
  resource: string;
  action: string;
  target: string;
}

/** The table of what every app may do, and the cell that is looked at. */
export class PermissionsState extends Attempts {
  apps = $state.raw<Access[]>([]);
  ended = $state.raw<Ended[]>([]);
  forbidden = $state.raw<string[]>([]);
  search = $state('');
  show = $state<Show>('all');
  /** The cell whose inspector is open. */
  selected = $state.raw<Place | null>(null);
  inspection = $state.raw<Inspection | null>(null);
  loaded = $state(false);

  readonly columns = $derived(
    capabilities.filter(
      (name) => always.includes(name) || this.apps.some((app) => cellOf(app, name) !== undefined),
    ),
  );
  readonly rows = $derived(this.apps.filter((app) => app.cells.some((cell) => shows(this.show, cell))));

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  async select(place: Place): Promise<void> {
    this.selected = place;
    await this.attempt(() => this.#inspect());
  }

  close(): void {
    this.selected = null;
    this.inspection = null;
  }

  /** Takes back one permission, or all of the place. It counts at once. */
  async revoke(place: Place, decision: 'deny' | 'ask', key?: Key): Promise<void> {
    const { id, capability } = place;
    await this.attempt(async () => {
      await this.client.call(
        'permissions.revoke',
        key ? { id, ...only(key), decision } : { id, capability, decision },
      );
      await this.#read();
    });
  }

  /** Says whether permissions stay however long they are unused. */
  async keep(id: string, keys: Key[], keep: boolean): Promise<void> {
    await this.attempt(async () => {
      for (const key of keys) await this.client.call('permissions.keep', { id, ...only(key), keep });
      await this.#inspect();
    });
  }

  async again({ extension, key }: Ended): Promise<void> {
    await this.attempt(async () => {
      await this.client.call('permissions.again', { id: extension, ...key });
      await this.#read();
    });
  }

  async dismissEnded(): Promise<void> {
    await this.attempt(async () => {
      await this.client.call('permissions.dismiss_ended');
      this.ended = [];
    });
  }

  async #read(): Promise<void> {
    const { apps, ended, forbidden } = await this.client.call('permissions.matrix', { search: this.search });
    this.apps = apps;
    this.ended = ended;
    this.forbidden = forbidden;
    this.loaded = true;
    await this.#inspect();
  }

  async #inspect(): Promise<void> {
    const place = this.selected;
    if (!place) return;
    const found = await this.client.call('permissions.cell', { ...place, midnight: midnight() });
    if (this.selected === place) this.inspection = found;
  }
}

/** Of something that has a key, nothing else: Go refuses what it does not know. */
function only({ resource, action, target }: Key): Key {
  return { resource, action, target };
}

export function cellOf(app: Access, capability: string): Cell | undefined {
  return app.cells.find((cell) => cell.capability === capability);
}

/** Whether a cell is one of those that are to be shown. */
export function shows(show: Show, cell: Cell): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'denied':
      return cell.state === 'deny' || cell.state === 'forbidden' || cell.refused > 0;
    case 'unused':
      return cell.capability !== 'own' && cell.state === 'allow' && cell.done + cell.failed === 0;
  }
}
