// Autosave. What was typed is written after a pause, at the latest after two
// seconds of typing without one; what could not be written is kept and tried
// again, also when the person has moved on to another note.

/** Milliseconds of pause before writing, and the longest wait while typing goes on. */
export const PAUSE = 400;
export const LONGEST = 2000;
const RETRY = [1000, 2000, 5000, 15_000];

export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed';

export class Saver<Changes extends object> {
  readonly #write: (id: string, changes: Changes) => Promise<void>;
  readonly #report: (state: SaveState, error?: unknown) => void;
  readonly #pending = new Map<string, Changes>();
  readonly #writing = new Map<string, Changes>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #since = 0;
  #failures = 0;
  #run: Promise<void> | undefined;

  constructor(
    write: (id: string, changes: Changes) => Promise<void>,
    report: (state: SaveState, error?: unknown) => void = () => undefined,
  ) {
    this.#write = write;
    this.#report = report;
  }

  /** Something changed; later values of the same field win. */
  edit(id: string, changes: Changes): void {
    this.#pending.set(id, { ...this.#pending.get(id), ...changes });
    this.#since ||= Date.now();
    if (this.#failures === 0) this.#report('waiting');
    const left = Math.max(0, LONGEST - (Date.now() - this.#since));
    if (this.#failures === 0) this.#wait(Math.min(PAUSE, left));
  }

  /** What is not written yet for a note, newest first. */
  unsaved(id: string): Changes | undefined {
    const writing = this.#writing.get(id);
    const pending = this.#pending.get(id);
    return writing || pending ? ({ ...writing, ...pending } as Changes) : undefined;
  }

  /** Forgets what waits for a note that is being deleted. */
  forget(id: string): void {
    this.#pending.delete(id);
  }

  get idle(): boolean {
    return this.#pending.size === 0 && !this.#run;
  }

  /** Writes everything now; resolves when it is written or has failed, and never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#run) await this.#run;
    if (this.#pending.size === 0) return;
    this.#run = this.#writeAll();
    try {
      await this.#run;
    } finally {
      this.#run = undefined;
    }
    // Typed while it was being written, and flush() promised everything.
    if (this.#pending.size > 0 && this.#failures === 0) await this.flush();
  }

  async #writeAll(): Promise<void> {
    this.#report('saving');
    this.#since = 0;
    let failure: unknown;
    for (const id of [...this.#pending.keys()]) {
      const changes = this.#pending.get(id);
      if (!changes) continue;
      this.#pending.delete(id);
      this.#writing.set(id, changes);
      try {
        await this.#write(id, changes);
      } catch (error) {
        failure = error;
        this.#pending.set(id, { ...changes, ...this.#pending.get(id) });
      } finally {
        this.#writing.delete(id);
      }
    }
    if (failure === undefined) {
      this.#failures = 0;
      this.#report(this.#pending.size > 0 ? 'waiting' : 'saved');
    } else {
      this.#wait(RETRY[Math.min(this.#failures, RETRY.length - 1)] ?? PAUSE);
      this.#failures++;
      this.#report('failed', failure);
    }
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), ms);
  }
}
