/** What of a text is a recovery kit: its key line, or its words. */
export interface KitText {
  key: string;
  words: string[];
}

/** Reads a kit as it is typed, or out of the whole sheet. Go checks it. */
export function readKit(text: string): KitText {
  const key = /\bAGE-SECRET-KEY-1[0-9a-z]*/i.exec(text)?.[0] ?? '';
  const words = text.split(/[\s,;.0-9]+/).filter((word) => word !== '');
  if (words.length === kitLength) return { key, words };
  const numbered: string[] = [];
  for (const [, n, word] of text.matchAll(/\b(\d{1,2})[.)]\s*([a-z][a-z-]*)/gi)) {
    if (Number(n) === numbered.length + 1 && word) numbered.push(word);
  }
  return { key, words: numbered.length === kitLength ? numbered : words };
}

export const kitLength = 24;
