// All notes and folders as the page shows them, and what one can do with them.
// Text lives in the search index; typing goes through the saver.

/* eslint-disable svelte/prefer-svelte-reactivity -- collections here are private, or made anew */

import { SvelteSet } from 'svelte/reactivity';
import { newId } from '../data/ids.ts';
import { OPENING } from '../data/repository.ts';
import type { Folder, Note, NoteChanges, Repository } from '../data/repository.ts';
import { headline } from '../markdown/render.ts';
import { texts } from '../texts.ts';
import { Saver } from './saver.ts';
import type { SaveState } from './saver.ts';
import { SearchIndex } from './search.ts';
import type { Hit } from './search.ts';
import { treeOf, within } from './tree.ts';

export type Sort = 'edited' | 'created' | 'title';
/** `all`, `trash`, or the id of a folder. */
export type View = string;
export const ALL: View = 'all';
export const TRASH: View = 'trash';

/** A line of the list; the pieces are there while searching. */
export interface Line {
  note: Note;
  hit?: Hit;
}

export class Library {
  folders = $state.raw<Folder[]>([]);
  notes = $state.raw<Note[]>([]);
  view = $state<View>(ALL);
  sort = $state<Sort>('edited');
  query = $state('');
  /** How many texts the search index holds so far. */
  indexed = $state(0);
  saveState = $state<SaveState>('saved');
  saveError = $state<string>();
  readonly closed = new SvelteSet<string>();
  locale = $state('en');

  readonly #repository: Repository;
  readonly #index = new SearchIndex();
  readonly #saver: Saver<NoteChanges>;
  // Made and not written yet: they reach the vault with their first character.
  readonly #fresh = new Set<string>();

  readonly tree = $derived(treeOf(this.folders, this.locale));
  readonly lines: Line[] = $derived.by(() => this.#lines());
  readonly trashCount = $derived(this.notes.filter((n) => n.trashedAt !== null).length);
  readonly counts = $derived.by(() => this.#counts());

  constructor(repository: Repository) {
    this.#repository = repository;
    this.#saver = new Saver<NoteChanges>(
      (id, changes) => this.#write(id, changes),
      (state, error) => {
        this.saveState = state;
        this.saveError = state === 'failed' ? messageOf(error) : undefined;
      },
    );
  }

  /** Reads folders and the list; texts follow with {@link readTexts}. */
  async load(): Promise<void> {
    await this.#saver.flush();
    const [folders, notes] = await Promise.all([this.#repository.folders(), this.#repository.notes()]);
    // What the vault does not have yet is only here.
    const kept = this.notes.filter((n) => this.#fresh.has(n.id) || this.#saver.unsaved(n.id));
    const ids = new Set(kept.map((n) => n.id));
    this.folders = folders;
    this.notes = [...notes.filter((n) => !ids.has(n.id)), ...kept];
  }

  /** Fills the search index, a page at a time. */
  async readTexts(): Promise<void> {
    const titles = new Map(this.notes.map((n) => [n.id, n.title]));
    for (let after = ''; ;) {
      const page = await this.#repository.bodies(after);
      if (page.length === 0) return;
      for (const { id, body } of page) {
        if (!this.#saver.unsaved(id)) this.#index.put(id, titles.get(id) ?? '', body);
        after = id;
      }
      this.indexed += page.length;
    }
  }

  note(id: string | null | undefined): Note | undefined {
    return this.notes.find((n) => n.id === id);
  }

  folder(id: string | null): Folder | undefined {
    return this.folders.find((f) => f.id === id);
  }

  /** What a note is called where it has to be called something. */
  name(note: Note): string {
    return note.title.trim() || headline(note.opening).head || texts.untitled;
  }

  async body(id: string): Promise<string> {
    const unsaved = this.#saver.unsaved(id)?.body;
    if (unsaved !== undefined) return unsaved;
    if (this.#fresh.has(id)) return '';
    const body = (await this.#repository.body(id)) ?? '';
    this.#index.put(id, this.note(id)?.title ?? '', body);
    return body;
  }

  create(now = Date.now()): Note {
    const folder = this.folder(this.view) ? this.view : null;
    const id = newId(now);
    const times = { createdAt: now, editedAt: now, trashedAt: null };
    const note: Note = { id, folder, title: '', opening: '', pinned: false, ...times };
    this.#fresh.add(id);
    this.#index.put(id, '', '');
    this.notes = [...this.notes, note];
    return note;
  }

  /** Takes a note away again that was made and never written in. */
  dropIfEmpty(id: string): void {
    if (!this.#fresh.has(id)) return;
    this.#fresh.delete(id);
    this.#index.delete(id);
    this.notes = this.notes.filter((n) => n.id !== id);
  }

  /** Something was typed. */
  type(id: string, text: { title?: string; body?: string }, now = Date.now()): void {
    const note = this.note(id);
    if (!note) return;
    const title = text.title ?? note.title;
    const body = text.body ?? this.#index.body(id) ?? '';
    this.#fresh.delete(id);
    this.#index.put(id, title, body);
    this.#replace([id], { title, opening: body.slice(0, OPENING), editedAt: now });
    this.#saver.edit(id, { ...text, editedAt: now });
  }

  flush(): Promise<void> {
    return this.#saver.flush();
  }

  get unsaved(): boolean {
    return !this.#saver.idle;
  }

  async change(ids: string[], changes: Omit<NoteChanges, 'title' | 'body'>): Promise<void> {
    this.#replace(ids, changes);
    const stored = ids.filter((id) => !this.#fresh.has(id));
    await this.#saver.flush();
    await this.#repository.changeNotes(stored, changes);
  }

  async deleteForGood(ids: string[]): Promise<void> {
    for (const id of ids) {
      this.#saver.forget(id);
      this.#index.delete(id);
    }
    const gone = new Set(ids);
    this.notes = this.notes.filter((n) => !gone.has(n.id));
    await this.#repository.deleteNotes(ids);
  }

  async saveFolder(folder: Folder): Promise<void> {
    const others = this.folders.filter((f) => f.id !== folder.id);
    this.folders = [...others, folder];
    await this.#repository.saveFolder(folder);
  }

  async deleteFolder(id: string, now = Date.now()): Promise<void> {
    const ids = within(this.tree, id);
    const gone = new Set(ids);
    const notes = this.notes.filter((n) => n.folder !== null && gone.has(n.folder) && !n.trashedAt);
    this.#replace(
      notes.map((n) => n.id),
      { trashedAt: now },
    );
    if (gone.has(this.view)) this.view = ALL;
    this.folders = this.folders.filter((f) => !gone.has(f.id));
    await this.#saver.flush();
    await this.#repository.deleteFolders(ids, now);
  }

  async #write(id: string, changes: NoteChanges): Promise<void> {
    const note = this.note(id);
    if (note) await this.#repository.saveNote(note, this.#index.body(id) ?? '', changes);
  }

  #replace(ids: string[], changes: Partial<Note>): void {
    const some = new Set(ids);
    this.notes = this.notes.map((n) => (some.has(n.id) ? { ...n, ...changes } : n));
  }

  #counts(): Map<View, number> {
    const counts = new Map<View, number>();
    const add = (view: View) => counts.set(view, (counts.get(view) ?? 0) + 1);
    for (const note of this.notes) {
      if (note.trashedAt !== null) continue;
      add(ALL);
      if (note.folder !== null) add(note.folder);
    }
    return counts;
  }

  #lines(): Line[] {
    const { view, query } = this;
    const trash = view === TRASH;
    const inside = this.folder(view) ? new Set(within(this.tree, view)) : undefined;
    const wanted = this.notes.filter(
      (n) => (n.trashedAt !== null) === trash && (!inside || inside.has(n.folder ?? '')),
    );
    wanted.sort(this.#order(trash));
    if (query.trim() === '') return wanted.map((note) => ({ note }));
    void this.indexed; // the result grows while texts are still being read
    const byId = new Map(wanted.map((n) => [n.id, n]));
    return this.#index.search(query, byId.keys()).flatMap((hit) => {
      const note = byId.get(hit.id);
      return note ? [{ note, hit }] : [];
    });
  }

  #order(trash: boolean): (a: Note, b: Note) => number {
    if (trash) return (a, b) => (b.trashedAt ?? 0) - (a.trashedAt ?? 0);
    const pinned = (a: Note, b: Note) => Number(b.pinned) - Number(a.pinned);
    if (this.sort === 'title') {
      // Each name once: it may have to be taken out of the text.
      const names = new Map(this.notes.map((n) => [n.id, this.name(n)]));
      const { compare } = new Intl.Collator(this.locale, { numeric: true });
      return (a, b) => pinned(a, b) || compare(names.get(a.id) ?? '', names.get(b.id) ?? '');
    }
    const key = this.sort === 'created' ? 'createdAt' : 'editedAt';
    return (a, b) => pinned(a, b) || b[key] - a[key] || (a.id < b.id ? 1 : -1);
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
