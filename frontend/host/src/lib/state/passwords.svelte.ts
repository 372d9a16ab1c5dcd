import type { HostClient } from '../api/client';
import type { Item, Summary, Tag } from '../api/items';
import { Attempts } from './attempts.svelte';
import { ItemDraft } from './item-draft.svelte';

/** The vault's password items: the list, the one that is looked at, and the one that is written. */
export class PasswordsState extends Attempts {
  items = $state.raw<Summary[]>([]);
  tags = $state.raw<Tag[]>([]);
  loaded = $state(false);
  search = $state('');
  /** Only items with this tag; '' is all. */
  tag = $state('');
  item = $state.raw<Item | null>(null);
  draft = $state.raw<ItemDraft | null>(null);
  /** What was just deleted, and can be had back at once. */
  gone = $state.raw<Summary | null>(null);
  readonly shown = $derived(
    this.items.filter(
      (item) => (this.tag === '' || item.tags.includes(this.tag)) && matches(item, this.search),
    ),
  );

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    await this.attempt(() => this.#read());
  }

  /** Opens an item. */
  async open(id: string): Promise<void> {
    this.draft = null;
    await this.attempt(async () => {
      this.item = (await this.client.call('items.get', { id })).item;
    });
  }

  close(): void {
    this.item = null;
    this.draft = null;
    this.error = null;
  }

  /** Begins a new item, with the tag that is looked at. */
  add(): void {
    this.item = null;
    this.error = null;
    this.draft = new ItemDraft(null, this.tag === '' ? [] : [this.tag]);
  }

  edit(): void {
    this.error = null;
    if (this.item) this.draft = new ItemDraft(this.item);
  }

  cancel(): void {
    this.draft = null;
    this.error = null;
  }

  /** Keeps what was written. Returns whether it was taken. */
  save(): Promise<boolean> {
    const draft = this.draft;
    return this.attempt(async () => {
      if (!draft) return;
      let id = draft.id;
      if (id === null) id = (await this.client.call('items.create', draft.change())).id;
      else await this.client.call('items.update', { ...draft.change(), id });
      this.item = (await this.client.call('items.get', { id })).item;
      this.draft = null;
      await this.#read();
    });
  }

  /** Puts the item that is looked at where it can be had back. */
  delete(): Promise<boolean> {
    const gone = this.items.find((other) => other.id === this.item?.id);
    return this.attempt(async () => {
      if (!gone) return;
      await this.client.call('items.delete', { id: gone.id });
      this.item = null;
      this.gone = gone;
      await this.#read();
    });
  }

  /** Takes back the last deletion. */
  undo(): Promise<boolean> {
    const gone = this.gone;
    return this.attempt(async () => {
      if (!gone) return;
      await this.client.call('items.restore', { id: gone.id });
      this.gone = null;
      await this.#read();
      this.item = (await this.client.call('items.get', { id: gone.id })).item;
    });
  }

  async generate(recipe: object): Promise<void> {
    const draft = this.draft;
    await this.attempt(async () => {
      const { password } = await this.client.call('items.generate', recipe);
      if (draft) draft.password = password;
    });
  }

  async #read(): Promise<void> {
    const { items, tags } = await this.client.call('items.list');
    this.items = items;
    this.tags = tags;
    if (!tags.some((tag) => tag.name === this.tag)) this.tag = '';
    this.loaded = true;
  }
}

/** Whether every word of a search is somewhere in what a list shows. */
function matches(item: Summary, search: string): boolean {
  const text = [item.title, item.username, ...item.urls, ...item.tags].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
