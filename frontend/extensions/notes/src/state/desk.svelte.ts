// What is open right now: the note, how it is shown, dialogs and notices. One
// desk per page; components read it and call it.

/* eslint-disable svelte/prefer-svelte-reactivity -- collections here are private, or made anew */

import type { Place, Repository } from '../data/repository.ts';
import { texts } from '../texts.ts';
import { ALL, Library, TRASH } from './library.svelte.ts';
import type { Sort, View } from './library.svelte.ts';

export type Mode = 'write' | 'both' | 'read';
/** On a narrow page one pane is shown at a time. */
export type Pane = 'list' | 'note';

export type Dialog =
  | { kind: 'move-note' | 'delete-note'; id: string }
  | { kind: 'move-folder' | 'delete-folder'; id: string }
  | { kind: 'empty-trash' | 'shortcuts' };

export interface Notice {
  text: string;
  undo?: () => void;
}

const NOTICE_MS = 8000;
const PLACE_MS = 500;

export class Desk {
  readonly library: Library;
  selected = $state<string | null>(null);
  /** The text of the selected note, null while it is being read. */
  body = $state<string | null>(null);
  mode = $state<Mode>('write');
  pane = $state<Pane>('list');
  drawer = $state(false);
  dialog = $state<Dialog>();
  notice = $state<Notice>();
  renaming = $state<string>();
  loadError = $state<string>();
  /** Counts up to ask the title, the search field or the list for the focus. */
  focus = $state<{ on: 'title' | 'text' | 'search' | 'list'; n: number }>({ on: 'list', n: 0 });

  /** Selection and scroll position of the notes that were open. */
  readonly carets = new Map<string, [start: number, end: number, top: number]>();

  readonly note = $derived.by(() => this.library.note(this.selected));
  readonly #repository: Repository;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;
  #placeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(repository: Repository) {
    this.#repository = repository;
    this.library = new Library(repository);
  }

  async start(): Promise<void> {
    try {
      const [place] = await Promise.all([this.#repository.place(), this.library.load()]);
      this.#restore(place);
      if (this.selected) this.body = await this.library.body(this.selected);
    } catch (error) {
      this.loadError = error instanceof Error ? error.message : String(error);
      return;
    }
    // Searching works from the first page on; it need not hold up the start.
    void this.library.readTexts().catch((error: unknown) => {
      this.say({ text: String(error) });
    });
  }

  #restore(place: Place): void {
    const { library } = this;
    const known = place.view === TRASH || library.folder(place.view ?? null);
    library.view = known && place.view ? place.view : ALL;
    if (place.sort && place.sort in texts.sorts) library.sort = place.sort as Sort;
    if (place.mode && place.mode in texts.modes) this.mode = place.mode as Mode;
    for (const id of place.closedFolders ?? []) library.closed.add(id);
    this.selected = library.note(place.note)?.id ?? null;
    if (this.selected) this.pane = 'note';
  }

  async select(id: string | null): Promise<void> {
    if (id === this.selected) return;
    void this.library.flush();
    const old = this.selected;
    this.selected = id;
    this.body = null;
    if (old) this.library.dropIfEmpty(old);
    this.remember();
    if (id === null) return;
    try {
      const body = await this.library.body(id);
      if (this.selected === id) this.body = body;
    } catch (error) {
      this.say({ text: error instanceof Error ? error.message : String(error) });
    }
  }

  show(view: View): void {
    this.library.view = view;
    this.library.query = '';
    this.drawer = false;
    this.pane = 'list';
    this.remember();
  }

  ask(on: 'title' | 'text' | 'search' | 'list'): void {
    this.focus = { on, n: this.focus.n + 1 };
  }

  async write(): Promise<void> {
    if (this.library.view === TRASH) this.show(ALL);
    this.library.query = '';
    if (this.mode === 'read') this.mode = 'write';
    const note = this.library.create();
    this.pane = 'note';
    await this.select(note.id);
    this.ask('title');
  }

  type(text: { title?: string; body?: string }): void {
    if (!this.selected) return;
    if (text.body !== undefined) this.body = text.body;
    this.library.type(this.selected, text);
  }

  async trash(id: string): Promise<void> {
    const note = this.library.note(id);
    if (!note) return;
    const title = this.library.name(note);
    await this.#leave(id);
    if (!this.library.note(id)) return; // it was empty
    await this.#attempt(this.library.change([id], { trashedAt: Date.now() }));
    this.say({ text: texts.trashed(title), undo: () => void this.restore(id) });
  }

  async restore(id: string): Promise<void> {
    const note = this.library.note(id);
    if (!note) return;
    const folder = this.library.folder(note.folder) ? note.folder : null;
    if (this.library.view === TRASH) await this.#leave(id);
    await this.#attempt(this.library.change([id], { trashedAt: null, folder }));
    this.say({ text: texts.restored(this.library.name(note)) });
  }

  async deleteForGood(ids: string[]): Promise<void> {
    if (this.selected && ids.includes(this.selected)) await this.#leave(this.selected);
    await this.#attempt(this.library.deleteForGood(ids));
  }

  pin(id: string): Promise<void> {
    return this.#attempt(this.library.change([id], { pinned: !this.library.note(id)?.pinned }));
  }

  move(ids: string[], folder: string | null): Promise<void> {
    return this.#attempt(this.library.change(ids, { folder }));
  }

  say(notice: Notice): void {
    clearTimeout(this.#noticeTimer);
    this.notice = notice;
    this.#noticeTimer = setTimeout(() => (this.notice = undefined), NOTICE_MS);
  }

  remember(): void {
    clearTimeout(this.#placeTimer);
    this.#placeTimer = setTimeout(() => void this.#savePlace(), PLACE_MS);
  }

  /** Everything that is not written yet, now. */
  async save(): Promise<void> {
    clearTimeout(this.#placeTimer);
    await Promise.all([this.library.flush(), this.#savePlace()]);
  }

  async #savePlace(): Promise<void> {
    const { view, sort, closed } = this.library;
    const place = { view, note: this.selected, sort, mode: this.mode, closedFolders: [...closed] };
    // A lost place is no reason to bother anybody.
    await this.#repository.savePlace(place).catch(() => undefined);
  }

  // Goes to the neighbour of a note that is about to leave the list.
  async #leave(id: string): Promise<void> {
    if (this.selected !== id) return;
    const { lines } = this.library;
    const at = lines.findIndex((l) => l.note.id === id);
    const next = lines[at + 1] ?? lines[at - 1];
    await this.select(next?.note.id ?? null);
    if (!next) this.pane = 'list';
  }

  async #attempt(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.say({ text: error instanceof Error ? error.message : String(error) });
      await this.library.load().catch(() => undefined);
    }
  }
}
