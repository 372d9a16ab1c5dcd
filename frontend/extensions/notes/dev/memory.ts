import { OPENING } from '../src/data/repository.ts';
import type { Folder, Note, NoteChanges, Place, Repository } from '../src/data/repository.ts';

type Stored = Note & { body: string };

/** The same promises as the vault, kept in memory: for previews and tests. */
export class MemoryRepository implements Repository {
  readonly stored = new Map<string, Stored>();
  readonly kept = new Map<string, Folder>();
  last: Place = {};
  /** When set, writing fails with it. */
  broken: Error | undefined;

  folders() {
    return Promise.resolve([...this.kept.values()]);
  }
  notes() {
    return Promise.resolve(
      [...this.stored.values()].map(({ body, ...note }) => ({
        ...note,
        opening: body.slice(0, OPENING),
      })),
    );
  }
  body(id: string) {
    return Promise.resolve(this.stored.get(id)?.body);
  }
  bodies(after: string) {
    const all = [...this.stored.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return Promise.resolve(
      all
        .filter((n) => n.id > after)
        .slice(0, 50)
        .map(({ id, body }) => ({ id, body })),
    );
  }
  async saveFolder(folder: Folder) {
    await this.#check();
    this.kept.set(folder.id, folder);
  }
  async deleteFolders(ids: string[], now: number) {
    await this.#check();
    for (const id of ids) this.kept.delete(id);
    for (const note of this.stored.values()) {
      if (ids.includes(note.folder ?? '')) note.trashedAt ??= now;
    }
  }
  async saveNote(note: Note, body: string, changes: NoteChanges) {
    await this.#check();
    const old = this.stored.get(note.id);
    this.stored.set(note.id, old ? { ...old, ...changes } : { ...note, body, ...changes });
  }
  async changeNotes(ids: string[], changes: NoteChanges) {
    await this.#check();
    for (const id of ids) {
      const old = this.stored.get(id);
      if (old) this.stored.set(id, { ...old, ...changes });
    }
  }
  async deleteNotes(ids: string[]) {
    await this.#check();
    for (const id of ids) this.stored.delete(id);
  }
  place() {
    return Promise.resolve(this.last);
  }
  savePlace(place: Place) {
    this.last = place;
    return Promise.resolve();
  }
  async #check() {
    await Promise.resolve();
    if (this.broken) throw this.broken;
  }
}
