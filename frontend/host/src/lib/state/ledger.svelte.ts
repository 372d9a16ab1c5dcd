import * as v from 'valibot';
import type { HostClient } from '../api/client';
import type { ActivityCount, ActivityLine, Newest, Undoing, Undone } from '../api/permissions';
import { InTheWay } from '../api/data';
import { Attempts } from './attempts.svelte';

const pageSize = 60;
/** What is kept on the page while lines keep coming. */
const mostLines = 400;

/** The methods that write to an app's own tables, and so can be undone. */
const writes = new Set(['db.execute', 'db.transaction']);

/** What apps do as it happens, what they did, and choosing what is to be undone. */
export class LedgerState extends Attempts {
  lines = $state.raw<ActivityLine[]>([]);
  counted = $state.raw<ActivityCount[]>([]);
  more = $state(false);
  app = $state('');
  capability = $state('');
  show = $state('');
  /** Lines are being chosen. */
  choosing = $state(false);
  chosen = $state.raw<ActivityLine[]>([]);
  undoing = $state.raw<Undoing | null>(null);
  done = $state.raw<{ app: string; undone: Undone } | null>(null);
  /** How far the first page went, once there is one. */
  #newest: Newest | null = null;
  #round = 0;
  #following = false;
  #again = false;

  readonly inTheWay = $derived.by(() => {
    const rows = v.safeParse(v.array(InTheWay), this.error?.data.rows);
    return rows.success ? rows.output : [];
  });

  constructor(private readonly client: HostClient) {
    super();
  }

  async load(): Promise<void> {
    const round = ++this.#round;
    await this.attempt(async () => {
      const page = await this.client.call('permissions.activity', { ...this.#filter(), limit: pageSize });
      if (round !== this.#round) return; // another filter was chosen meanwhile
      this.lines = page.lines;
      this.counted = page.counted;
      this.more = page.more;
      this.#newest = page.newest;
    });
    if (round === this.#round && this.#again) await this.follow();
  }

  async earlier(): Promise<void> {
    await this.attempt(async () => {
      const count = this.counted.at(-1);
      const line = this.lines.at(-1);
      const from = count
        ? { earlier: { at: count.at, row: count.row, span: count.span } }
        : line
          ? { after: { at: line.at, id: line.id, change: isChange(line) } }
          : {};
      const page = await this.client.call('permissions.activity', {
        ...this.#filter(),
        ...from,
        limit: pageSize,
      });
      this.lines = [...this.lines, ...page.lines];
      this.counted = [...this.counted, ...page.counted];
      this.more = page.more;
    });
  }

  /** Fetches what came since, one request at a time. */
  async follow(): Promise<void> {
    if (this.#following || !this.#newest) {
      this.#again = true;
      return;
    }
    this.#following = true;
    try {
      do {
        this.#again = false;
        const round = this.#round;
        const seen: Newest = this.#newest;
        const page = await this.client.call('permissions.activity', { ...this.#filter(), seen, limit: 200 });
        if (round !== this.#round) return;
        this.#newest = page.more ? newestOf(seen, page.lines) : page.newest;
        this.#again ||= page.more;
        this.#add(page.lines);
      } while (this.#again);
    } catch {
      // The page says already that Alcove does not answer; the next event asks again.
    } finally {
      this.#following = false;
    }
  }

  #add(lines: ActivityLine[]): void {
    if (lines.length === 0) return;
    const known = this.lines.map(lineKey);
    const fresh = lines.filter((line) => !known.includes(lineKey(line)));
    const all = [...fresh, ...this.lines].sort((a, b) => b.at - a.at || b.id - a.id);
    if (all.length > mostLines) {
      this.counted = [];
      this.more = true;
    }
    this.lines = all.slice(0, mostLines);
  }

  #filter(): object {
    return { ...(this.app ? { id: this.app } : {}), capability: this.capability, show: this.show };
  }

  /** Whether a line can be chosen: a write, of the app that others of are chosen. */
  choosable(line: ActivityLine): boolean {
    const [first] = this.chosen;
    return isWrite(line) && (first === undefined || first.app === line.app);
  }

  choose(line: ActivityLine): void {
    const rest = this.chosen.filter((other) => other.id !== line.id);
    this.chosen = rest.length < this.chosen.length ? rest : [...this.chosen, line];
  }

  stopChoosing(): void {
    this.choosing = false;
    this.chosen = [];
  }

  /** When the writes that are chosen began and ended: whatever the app wrote between goes with them. */
  readonly span = $derived({
    first: Math.min(...this.chosen.map((line) => line.at)),
    last: Math.max(...this.chosen.map((line) => line.at + Math.ceil(line.took / 1000))),
  });

  /** Asks what undoing would change, and then the person. */
  async preview(): Promise<void> {
    const app = this.chosen[0]?.app;
    if (!app) return;
    await this.attempt(async () => {
      this.undoing = await this.client.call('permissions.undo_preview', { id: app, ...this.span });
    });
  }

  dismiss(): void {
    this.undoing = null;
    this.error = null;
  }

  /** Undoes what the person saw. Saves is what has to be done before: the app saves and closes. */
  async undo(saves: (app: string) => Promise<void>): Promise<void> {
    const app = this.chosen[0]?.app;
    const what = this.undoing;
    if (!app || !what) return;
    const { from, upto } = what;
    await this.attempt(async () => {
      await saves(app);
      this.done = { app, undone: await this.client.call('permissions.undo', { id: app, from, upto }) };
      this.undoing = null;
      this.stopChoosing();
    });
  }

  /** Takes the undoing back. */
  async redo(saves: (app: string) => Promise<void>): Promise<void> {
    const done = this.done;
    if (!done) return;
    await this.attempt(async () => {
      await saves(done.app);
      await this.client.call('permissions.undo', { id: done.app, ...done.undone.again });
      this.done = null;
    });
  }
}

/** Calls and changes are numbered each in their own order. */
export function lineKey(line: ActivityLine): string {
  return `${isChange(line) ? 'change' : 'call'} ${line.id}`;
}

export function isWrite(line: ActivityLine): boolean {
  return line.kind === 'call' && line.code === '' && line.action === 'own' && writes.has(line.method);
}

export function isChange(line: ActivityLine): boolean {
  return line.kind !== 'call' && line.kind !== 'asked';
}

function newestOf(before: Newest, lines: ActivityLine[]): Newest {
  const most = (of: boolean, least: number) =>
    Math.max(least, ...lines.filter((line) => isChange(line) === of).map((line) => line.id));
  return { call: most(false, before.call), change: most(true, before.change) };
}
