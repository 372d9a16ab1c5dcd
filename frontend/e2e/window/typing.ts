// Typing with the keyboard of the X server, where a key can get lost and each
// key takes as long as the page takes to draw it.
import { until } from './desktop';

/** How long a field may stand still before a key counts as lost, in ms. */
const stillness = 6000;
const attempts = 4;

/** A field of a page, and the hands that are on it. */
export interface Field {
  name: string;
  click(): Promise<void>;
  look(): Promise<{ focused: boolean; value?: string }>;
  /** Replaces what is in it by typing. */
  type(text: string): Promise<void>;
}

/** Clicks a field and types into it until it holds the text. */
export async function fill(field: Field, text: string): Promise<void> {
  let value: string | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await field.click();
    await until(`focus in ${field.name}`, async () => (await field.look()).focused);
    await field.type(text);
    value = await settled(field, text);
    if (value === text) return;
  }
  throw new Error(`${field.name} holds ${JSON.stringify(value)} and not what was typed`);
}

/** What a field holds when it holds the text, or when it has changed no more for a while. */
async function settled(field: Field, text: string): Promise<string | undefined> {
  let value: string | undefined;
  let since = Date.now();
  return until(
    `${field.name} to stand still`,
    async () => {
      const now = (await field.look()).value;
      if (now !== value) [value, since] = [now, Date.now()];
      return value === text || Date.now() - since > stillness ? { value } : null;
    },
    stillness * (text.length + 2),
  ).then((last) => last.value);
}
