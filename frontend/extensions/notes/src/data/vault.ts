import { sql } from '@alcove/sdk';
import type { Bindable, Statement, Vault } from '@alcove/sdk';
import { OPENING } from './repository.ts';
import type { Folder, Note, NoteChanges, Place, Repository } from './repository.ts';

const PAGE = 2000;
const BODY_PAGE = 200;
/** Room for parameters in one statement. */
const BATCH = 500;

interface FolderRow {
  id: string;
  name: string;
  parent: string | null;
  created_at: number;
}

interface NoteRow {
  id: string;
  folder: string | null;
  title: string;
  opening: string;
  pinned: number;
  created_at: number;
  edited_at: number;
  trashed_at: number | null;
}

/** Notes kept in the vault's tables. */
export class VaultRepository implements Repository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  get #notes() {
    return this.#vault.table('notes');
  }

  get #folders() {
    return this.#vault.table('folders');
  }

  async folders(): Promise<Folder[]> {
    const rows = await this.#vault.db.query<FolderRow>(
      sql`SELECT id, name, parent, created_at FROM ${this.#folders}`,
    );
    return rows.map((r) => ({
      id: r.id,
      name: r.name,
      parent: r.parent,
      createdAt: r.created_at,
    }));
  }

  async notes(): Promise<Note[]> {
    const all: Note[] = [];
    for (let after = ''; ; after = all.at(-1)?.id ?? '') {
      const rows = await this.#vault.db.query<NoteRow>(
        sql`SELECT id, folder, title, substr(body, 1, ${OPENING}) AS opening, pinned,
              created_at, edited_at, trashed_at
            FROM ${this.#notes} WHERE id > ${after} ORDER BY id LIMIT ${PAGE}`,
      );
      all.push(...rows.map(noteOf));
      if (rows.length < PAGE) return all;
    }
  }

  async body(id: string): Promise<string | undefined> {
    const row = await this.#vault.db.first<{ body: string }>(
      sql`SELECT body FROM ${this.#notes} WHERE id = ${id}`,
    );
    return row?.body;
  }

  bodies(after: string): Promise<{ id: string; body: string }[]> {
    return this.#vault.db.query<{ id: string; body: string }>(
      sql`SELECT id, body FROM ${this.#notes} WHERE id > ${after} ORDER BY id LIMIT ${BODY_PAGE}`,
    );
  }

  async saveFolder(folder: Folder): Promise<void> {
    const { id, name, parent, createdAt } = folder;
    await this.#vault.db.execute(
      sql`INSERT INTO ${this.#folders} (id, name, parent, created_at)
          VALUES (${id}, ${name}, ${parent}, ${createdAt})
          ON CONFLICT (id) DO UPDATE SET name = excluded.name, parent = excluded.parent`,
    );
  }

  async deleteFolders(ids: string[], now: number): Promise<void> {
    const statements = batches(ids).flatMap((some) => [
      sql`UPDATE ${this.#notes} SET trashed_at = ${now}
          WHERE trashed_at IS NULL AND folder IN ${sql.list(some)}`,
      sql`DELETE FROM ${this.#folders} WHERE id IN ${sql.list(some)}`,
    ]);
    await this.#vault.db.transaction(statements);
  }

  async saveNote(note: Note, body: string, changes: NoteChanges): Promise<void> {
    const set = assignments(changes);
    if (!set) return;
    const { rowsAffected } = await this.#vault.db.execute(
      sql`UPDATE ${this.#notes} SET ${set} WHERE id = ${note.id}`,
    );
    if (rowsAffected > 0) return;
    // New, or deleted somewhere else while it was being written: the text is kept.
    const now = { ...note, ...changes };
    await this.#vault.db.execute(
      sql`INSERT INTO ${this.#notes}
            (id, folder, title, body, pinned, created_at, edited_at, trashed_at)
          VALUES (${now.id}, ${now.folder}, ${now.title}, ${body},
            ${now.pinned}, ${now.createdAt}, ${now.editedAt}, ${now.trashedAt})`,
    );
  }

  async changeNotes(ids: string[], changes: NoteChanges): Promise<void> {
    const set = assignments(changes);
    if (!set || ids.length === 0) return;
    await this.#vault.db.transaction(
      batches(ids).map((some) => sql`UPDATE ${this.#notes} SET ${set} WHERE id IN ${sql.list(some)}`),
    );
  }

  async deleteNotes(ids: string[]): Promise<void> {
    const statements = batches(ids).map(
      (some) => sql`DELETE FROM ${this.#notes} WHERE id IN ${sql.list(some)}`,
    );
    if (statements.length > 0) await this.#vault.db.transaction(statements);
  }

  async place(): Promise<Place> {
    return (await this.#vault.kv.get<Place>('place')) ?? {};
  }

  async savePlace(place: Place): Promise<void> {
    await this.#vault.kv.set('place', { ...place });
  }
}

function noteOf(row: NoteRow): Note {
  return {
    id: row.id,
    folder: row.folder,
    title: row.title,
    opening: row.opening,
    pinned: row.pinned !== 0,
    createdAt: row.created_at,
    editedAt: row.edited_at,
    trashedAt: row.trashed_at,
  };
}

// Only the columns that changed, so that devices do not overwrite each other's.
function assignments(changes: NoteChanges): Statement | undefined {
  const columns: [Statement, Bindable | undefined][] = [
    [sql`folder = `, changes.folder],
    [sql`title = `, changes.title],
    [sql`body = `, changes.body],
    [sql`pinned = `, changes.pinned],
    [sql`edited_at = `, changes.editedAt],
    [sql`trashed_at = `, changes.trashedAt],
  ];
  let all: Statement | undefined;
  for (const [name, value] of columns) {
    if (value === undefined) continue;
    const one = sql`${name}${value}`;
    all = all ? sql`${all}, ${one}` : one;
  }
  return all;
}

function batches(ids: string[]): string[][] {
  const all: string[][] = [];
  for (let i = 0; i < ids.length; i += BATCH) all.push(ids.slice(i, i + BATCH));
  return all;
}
