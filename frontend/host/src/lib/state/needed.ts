/** Runs work after ms, unless what it returns is called before. */
export type After = (work: () => void, ms: number) => () => void;

/** How long something stays needed after it was last, in milliseconds. */
export const neededFor = 60_000;

const afterMs: After = (work, ms) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/** What was needed a moment ago, and what becomes of it when it is not any more. */
export class Needed<T> {
  #waits = new Map<T, () => void>();

  constructor(
    private readonly over: (item: T) => void,
    private readonly after: After = afterMs,
  ) {}

  has(item: T): boolean {
    return this.#waits.has(item);
  }

  /** It is needed now: its time begins again. */
  add(item: T): void {
    this.delete(item);
    const cancel = this.after(() => {
      this.#waits.delete(item);
      this.over(item);
    }, neededFor);
    this.#waits.set(item, cancel);
  }

  delete(item: T): void {
    this.#waits.get(item)?.();
    this.#waits.delete(item);
  }
}
