// Search over all texts in memory: every word must occur, in the title or in
// the text, whatever its case and accents.

const NOT_ASCII = /[^\u0000-\u007f]/g; // eslint-disable-line no-control-regex -- the ASCII range
const folded = new Map<string, string>();

/** Lower case without accents, and of the same length, so that positions hold. */
export function fold(text: string): string {
  return text.replace(NOT_ASCII, foldUnit).toLowerCase();
}

function foldUnit(unit: string): string {
  let out = folded.get(unit);
  if (out === undefined) {
    const base = unit.normalize('NFD').toLowerCase().charAt(0);
    // Half of a pair, or a letter that grows in lower case, stays as it is.
    out = base.length === 1 && base.toLowerCase().length === 1 ? base : unit;
    folded.set(unit, out);
  }
  return out;
}

/** A piece of text; `hit` pieces are what was searched for. */
export interface Piece {
  text: string;
  hit: boolean;
}

export interface Hit {
  id: string;
  title: Piece[];
  snippet: Piece[];
  /** All words are in the title. */
  inTitle: boolean;
}

interface Entry {
  title: string;
  body: string;
  foldedTitle: string;
  foldedBody: string;
}

const BEFORE = 14;
const SNIPPET = 160;

export class SearchIndex {
  readonly #entries = new Map<string, Entry>();

  put(id: string, title: string, body: string): void {
    const old = this.#entries.get(id);
    this.#entries.set(id, {
      title,
      body,
      foldedTitle: old?.title === title ? old.foldedTitle : fold(title),
      foldedBody: old?.body === body ? old.foldedBody : fold(body),
    });
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  body(id: string): string | undefined {
    return this.#entries.get(id)?.body;
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }

  /** Hits among `ids`, in their order, those in the title first. */
  search(query: string, ids: Iterable<string>): Hit[] {
    const words = wordsOf(query);
    if (words.length === 0) return [];
    const titled: Hit[] = [];
    const others: Hit[] = [];
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (!entry) continue;
      const { foldedTitle, foldedBody } = entry;
      if (!words.every((w) => foldedTitle.includes(w) || foldedBody.includes(w))) continue;
      const inTitle = words.every((w) => foldedTitle.includes(w));
      const hit: Hit = {
        id,
        title: mark(entry.title, foldedTitle, words),
        snippet: snippetOf(entry, words),
        inTitle,
      };
      (inTitle ? titled : others).push(hit);
    }
    return [...titled, ...others];
  }
}

function wordsOf(query: string): string[] {
  return fold(query).split(/\s+/).filter(Boolean);
}

/** `text` cut at the occurrences of the words; `lower` is its folded form. */
export function mark(text: string, lower: string, words: string[]): Piece[] {
  const ranges: [number, number][] = [];
  for (const word of words) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      ranges.push([at, at + word.length]);
    }
  }
  ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const pieces: Piece[] = [];
  let end = 0;
  for (const [from, to] of ranges) {
    if (to <= end) continue;
    const start = Math.max(from, end);
    if (start > end) pieces.push({ text: text.slice(end, start), hit: false });
    pieces.push({ text: text.slice(start, to), hit: true });
    end = to;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), hit: false });
  return pieces;
}

function snippetOf({ body, foldedBody }: Entry, words: string[]): Piece[] {
  const first = Math.min(...words.map((w) => foldedBody.indexOf(w)).map((at) => (at < 0 ? Infinity : at)));
  const from = Number.isFinite(first) ? Math.max(0, first - BEFORE) : 0;
  // Line breaks count as spaces here, one for one, so that positions hold.
  const cut = body.slice(from, from + SNIPPET).replace(/\s/g, ' ');
  const pieces = mark(cut, foldedBody.slice(from, from + SNIPPET), words);
  return from > 0 ? [{ text: '…', hit: false }, ...pieces] : pieces;
}
