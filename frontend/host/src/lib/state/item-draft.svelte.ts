import type { Field, Item } from '../api/items';

/** An item while it is written. */
export class ItemDraft {
  readonly id: string | null;
  title = $state('');
  username = $state('');
  password = $state('');
  /** One address in each line. */
  urls = $state('');
  note = $state('');
  /** With commas between. */
  tags = $state('');
  totp = $state('');
  fields = $state<Field[]>([]);
  readonly #before: Change | null;

  constructor(item: Item | null, tags: string[] = []) {
    this.id = item?.id ?? null;
    this.tags = (item?.tags ?? tags).join(', ');
    if (item) {
      this.title = item.title;
      this.username = item.username;
      this.password = item.password;
      this.urls = item.urls.join('\n');
      this.note = item.note;
      this.totp = item.totp ?? '';
      this.fields = item.fields.map((field) => ({ ...field }));
    }
    this.#before = item ? this.#all() : null;
  }

  addField(): void {
    this.fields.push({ name: '', value: '', hidden: false });
  }

  removeField(at: number): void {
    this.fields.splice(at, 1);
  }

  /** What Go is told: of an item that there is, only what was changed. What another device changes of the rest stays. */
  change(): Partial<Change> {
    const now = this.#all();
    const before = this.#before;
    if (before === null) return now;
    return Object.fromEntries(
      Object.entries(now).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Change]),
      ),
    );
  }

  #all(): Change {
    return {
      title: this.title.trim(),
      username: this.username,
      password: this.password,
      urls: split(this.urls, /\s+/),
      note: this.note,
      tags: split(this.tags, ','),
      totp: this.totp.trim(),
      fields: this.fields
        .filter(({ name, value }) => name !== '' || value !== '')
        .map(({ name, value, hidden }) => ({ name, value, hidden })),
    };
  }
}

interface Change {
  title: string;
  username: string;
  password: string;
  urls: string[];
  note: string;
  tags: string[];
  totp: string;
  fields: Field[];
}

function split(text: string, by: string | RegExp): string[] {
  return text
    .split(by)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
