// What Notes keeps, and the one place that says how. The preview page for
// development has its own implementation in memory.

/** A folder; `parent` may name one that no longer exists, and then counts as null. */
export interface Folder {
  id: string;
  name: string;
  parent: string | null;
  createdAt: number;
}

/** A note without its text. Times are Unix milliseconds. */
export interface Note {
  id: string;
  folder: string | null;
  title: string;
  /** The beginning of the text, as typed. */
  opening: string;
  pinned: boolean;
  createdAt: number;
  editedAt: number;
  trashedAt: number | null;
}

/** What can change in a note; what is absent stays as it is. */
export interface NoteChanges {
  folder?: string | null;
  title?: string;
  body?: string;
  pinned?: boolean;
  editedAt?: number;
  trashedAt?: number | null;
}

/** Where the person was, and how they like it. */
export interface Place {
  view?: string;
  note?: string | null;
  sort?: string;
  mode?: string;
  closedFolders?: string[];
}

/** Characters of a note's text that the list keeps. */
export const OPENING = 240;

export interface Repository {
  folders(): Promise<Folder[]>;
  notes(): Promise<Note[]>;
  /** The text of one note, undefined when there is none of that id. */
  body(id: string): Promise<string | undefined>;
  /** Texts in order of id, after `after`; an empty list is the end. */
  bodies(after: string): Promise<{ id: string; body: string }[]>;
  saveFolder(folder: Folder): Promise<void>;
  /** Removes folders; notes in them go to the trash. */
  deleteFolders(ids: string[], now: number): Promise<void>;
  /** Writes what was typed; the whole note, with `body`, if it is not there (any more). */
  saveNote(note: Note, body: string, changes: NoteChanges): Promise<void>;
  /** Changes notes that are there. */
  changeNotes(ids: string[], changes: NoteChanges): Promise<void>;
  deleteNotes(ids: string[]): Promise<void>;
  place(): Promise<Place>;
  savePlace(place: Place): Promise<void>;
}
