// Folders as a tree. Two devices can each move a folder into the other; after a
// merge that is a circle, and a circle is shown at the top instead of nowhere.

import type { Folder } from '../data/repository.ts';

export interface Branch {
  folder: Folder;
  depth: number;
  children: Branch[];
}

export function treeOf(folders: readonly Folder[], locale: string): Branch[] {
  const byId = new Map(folders.map((f) => [f.id, f]));
  const compare = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' }).compare;
  const children = new Map<string | null, Folder[]>();
  for (const folder of folders) {
    const parent = parentOf(folder, byId);
    children.set(parent, [...(children.get(parent) ?? []), folder]);
  }
  const build = (parent: string | null, depth: number): Branch[] =>
    (children.get(parent) ?? [])
      .sort((a, b) => compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
      .map((folder) => ({ folder, depth, children: build(folder.id, depth + 1) }));
  return build(null, 0);
}

// The parent that is shown: null for one that is gone, and for a member of a circle.
function parentOf(folder: Folder, byId: Map<string, Folder>): string | null {
  if (folder.parent === null || !byId.has(folder.parent)) return null;
  const seen = new Set([folder.id]);
  for (let at: string | null = folder.parent; at !== null; at = byId.get(at)?.parent ?? null) {
    if (at === folder.id) return null;
    if (seen.has(at)) break; // a circle further up, which folder is not part of
    seen.add(at);
  }
  return folder.parent;
}

/** The tree as lines, without what is inside closed folders. */
export function lines(tree: readonly Branch[], closed: ReadonlySet<string>): Branch[] {
  return tree.flatMap((b) => [b, ...(closed.has(b.folder.id) ? [] : lines(b.children, closed))]);
}

/** A folder and all that is in it. */
export function within(tree: readonly Branch[], id: string): string[] {
  for (const branch of tree) {
    if (branch.folder.id === id) return lines([branch], new Set()).map((b) => b.folder.id);
    const found = within(branch.children, id);
    if (found.length > 0) return found;
  }
  return [];
}
