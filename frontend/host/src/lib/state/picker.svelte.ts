import type { HostClient } from '../api/client';
import type { Item, Picker, Shelf } from '../api/picks';
import { joined } from '../text/paths';
import { Attempts } from './attempts.svelte';

/** A dialog in which the person picks something for an app, on this page. */
export class PickerState extends Attempts {
  shelf = $state.raw<Shelf | null>(null);
  /** The row that the keyboard is on. */
  at = $state(0);
  chosen = $state.raw<readonly string[]>([]);
  name = $state('');
  remember = $state(false);
  hidden = $state(false);
  everything = $state(false);

  constructor(
    private readonly client: HostClient,
    readonly picker: Picker,
  ) {
    super();
    this.name = picker.name;
  }

  /** What is shown of the folder: endings that are not wanted and hidden things only if asked for. */
  readonly rows = $derived.by(() => {
    const { extensions, kind } = this.picker;
    const wanted = (item: Item) =>
      item.folder ||
      (kind !== 'folder' &&
        (this.everything || extensions.length === 0 || extensions.includes(ending(item.name))));
    return (this.shelf?.entries ?? []).filter((item) => wanted(item) && (this.hidden || !item.hidden));
  });

  /** The absolute paths that picking now would pick; of the stage item, its id. */
  readonly paths = $derived.by(() => {
    if (this.picker.stage === 'item') return [...this.chosen];
    if (!this.shelf) return [];
    if (this.picker.kind === 'save') {
      const name = this.name.trim();
      return name === '' ? [] : [joined(this.shelf.path, name)];
    }
    if (this.picker.kind === 'folder' && this.chosen.length === 0) {
      return this.shelf.wide ? [] : [this.shelf.path];
    }
    return [...this.chosen];
  });

  /** The file that saving would replace. */
  readonly replaces = $derived.by(() => {
    if (this.picker.kind !== 'save') return false;
    const name = this.name.trim();
    return (this.shelf?.entries ?? []).some((item) => !item.folder && item.name === name);
  });

  /** Tells Go that the dialog is there to be seen. */
  async shown(): Promise<void> {
    await this.attempt(async () => void (await this.client.call('pick.shown', { id: this.picker.id })));
  }

  async browse(path: string): Promise<void> {
    const before = this.shelf?.path;
    await this.attempt(async () => {
      this.shelf = await this.client.call('pick.browse', { id: this.picker.id, path });
      this.chosen = [];
      // Going up lands on the folder one came from.
      this.at = Math.max(
        0,
        this.rows.findIndex((item) => item.path === before),
      );
    });
  }

  /** What a click, or a key that chooses, does to a row. */
  select(item: Item, add: boolean): void {
    this.at = this.rows.indexOf(item);
    const { kind, multiple } = this.picker;
    if (kind === 'save') {
      if (!item.folder) this.name = item.name;
      return;
    }
    if (item.folder !== (kind === 'folder')) {
      if (!add) this.chosen = [];
      return;
    }
    const had = this.chosen.includes(item.path);
    if (multiple && add) {
      this.chosen = had ? this.chosen.filter((path) => path !== item.path) : [...this.chosen, item.path];
    } else {
      this.chosen = [item.path];
    }
  }

  /** What Enter or a double click does to a row. */
  async open(item: Item): Promise<void> {
    if (item.folder) {
      await this.browse(item.path);
      return;
    }
    if (!this.chosen.includes(item.path)) this.select(item, false);
    await this.answer();
  }

  /** Picks what is chosen. */
  async answer(remember = this.remember): Promise<void> {
    const { id, stage } = this.picker;
    const paths = stage === 'remember' ? [] : this.paths;
    if (this.busy || (stage !== 'remember' && paths.length === 0)) return;
    await this.attempt(async () => void (await this.client.call('pick.answer', { id, paths, remember })));
  }

  async dismiss(): Promise<void> {
    await this.attempt(async () => void (await this.client.call('pick.dismiss', { id: this.picker.id })));
  }
}

function ending(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}
