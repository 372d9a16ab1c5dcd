// Every text of Notes, in one place.

const plural = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${String(n)} ${many}`);

export const texts = {
  folders: 'Folders',
  all: 'All notes',
  trash: 'Trash',
  newNote: 'New note',
  newFolder: 'New folder',
  untitled: 'Untitled',
  search: 'Search notes',
  clearSearch: 'Clear the search',
  searching: (done: number, total: number) => `Still reading: ${String(done)} of ${String(total)} notes`,
  found: (n: number) => (n === 0 ? 'Nothing found' : `${plural(n, 'note', 'notes')} found`),
  count: (n: number) => plural(n, 'note', 'notes'),
  sort: 'Sort by',
  sorts: { edited: 'Last edited', created: 'Newest first', title: 'Title' },
  more: 'More',
  folderMenu: (name: string) => `Folder ${name}: more`,
  showFolders: 'Show folders',
  hideFolders: 'Hide folders',
  open: (name: string) => `Open ${name}`,
  close: (name: string) => `Close ${name}`,
  rename: 'Rename',
  folderInside: 'New folder inside',
  moveFolder: 'Move to…',
  deleteFolder: 'Delete folder',
  folderName: 'Name of the folder',
  pin: 'Pin to the top',
  unpin: 'Unpin',
  pinned: 'Pinned',
  move: 'Move to folder…',
  toTrash: 'Move to the trash',
  restore: 'Restore',
  deleteNow: 'Delete for good',
  emptyTrash: 'Empty the trash',
  noFolder: 'No folder',
  titleLabel: 'Title',
  bodyLabel: 'Text, in Markdown',
  bodyHint: 'Write in Markdown',
  preview: 'Preview',
  modes: { write: 'Write', both: 'Write and preview', read: 'Read' },
  back: 'Back to the list',
  words: (n: number) => plural(n, 'word', 'words'),
  edited: (when: string) => `Edited ${when}`,
  states: { saved: 'Saved', waiting: 'Saving…', saving: 'Saving…', failed: 'Not saved yet' },
  saveFailed: (why: string) =>
    `This note could not be saved: ${why} What you wrote is kept here, and Notes tries again.`,
  tryAgain: 'Try now',
  loadFailed: 'Your notes could not be read',
  inTrash: 'This note is in the trash. Restore it to change it.',
  trashed: (title: string) => `Moved “${title}” to the trash`,
  restored: (title: string) => `Restored “${title}”`,
  undo: 'Undo',
  cancel: 'Cancel',
  done: 'Done',
  empty: {
    first: 'Nothing here yet',
    firstHint: 'Write down what you want to find again. It stays in this vault.',
    folder: 'This folder is empty',
    folderHint: 'A new note goes in here.',
    trash: 'The trash is empty',
    trashHint: 'Notes you throw away wait here until you empty it.',
    search: (query: string) => `No note has “${query}”`,
    searchHint: 'Search looks for every word, in titles and in texts.',
    none: 'No note is open',
    noneHint: 'Choose one from the list, or write a new one.',
    text: 'This note has no text yet.',
  },
  confirmFolder: (name: string) => `Delete the folder “${name}”?`,
  confirmFolderBody: (folders: number, notes: number) => {
    const inside = folders > 0 ? ` and ${plural(folders, 'folder', 'folders')} inside it` : '';
    const kept =
      notes === 0
        ? 'There are no notes in it.'
        : `${notes === 1 ? 'Its note goes' : `Its ${String(notes)} notes go`} to the trash.`;
    return `The folder${inside} will be gone. ${kept}`;
  },
  confirmDelete: (title: string) => `Delete “${title}” for good?`,
  confirmDeleteBody: 'It is taken out of the vault and cannot be brought back.',
  confirmEmpty: (n: number) => `Delete ${plural(n, 'note', 'notes')} for good?`,
  confirmEmptyBody: 'They are taken out of the vault and cannot be brought back.',
  moveNote: (title: string) => `Move “${title}”`,
  moveFolderTitle: (name: string) => `Move the folder “${name}”`,
  moveHere: 'Move here',
  top: 'At the top',
  shortcuts: 'Keyboard shortcuts',
  keys: [
    ['Ctrl N', 'New note (also Alt N)'],
    ['Ctrl F', 'Search'],
    ['↑ ↓', 'Next and previous note in the list'],
    ['Enter', 'From the list into the note'],
    ['Delete', 'Move the selected note to the trash'],
    ['Ctrl E', 'Write or read'],
    ['Ctrl P', 'Preview beside the text'],
    ['Ctrl B, Ctrl I', 'Bold, italic'],
    ['Ctrl Enter', 'Make or tick a task'],
    ['Ctrl ] , Ctrl [', 'Indent, outdent'],
    ['Esc', 'Back to the list; clear the search'],
  ] as const,
} as const;

/** A moment as people say it: the time today, the day otherwise. */
export function moment(ms: number, locale: string, now = Date.now()): string {
  const then = new Date(ms);
  const today = new Date(now);
  const sameDay = then.toDateString() === today.toDateString();
  const options: Intl.DateTimeFormatOptions = sameDay
    ? { hour: 'numeric', minute: '2-digit' }
    : then.getFullYear() === today.getFullYear()
      ? { day: 'numeric', month: 'short' }
      : { day: 'numeric', month: 'short', year: 'numeric' };
  return new Intl.DateTimeFormat(locale, options).format(then);
}
