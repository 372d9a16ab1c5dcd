import type { HostEvent, PollAnswer } from './host-events';
import { isAbort } from './errors';

export interface PollOptions {
  poll(cursor: number | null, signal: AbortSignal): Promise<PollAnswer>;
  /** Each event once, in order. */
  onevent(event: HostEvent): void;
  /** Events were lost: everything shown must be asked for again. */
  ongap(): void;
  /** Whether the host answers; told on each change. */
  onreach(reachable: boolean): void;
  /** Waits between tries after a failure. */
  pause?(ms: number, signal: AbortSignal): Promise<void>;
}

const firstPause = 250;
const longestPause = 5_000;
/** One lost answer is not worth a word to the person; this many are. */
const silentFailures = 2;

/**
 * Keeps one long poll open. The cursor makes a lost answer harmless: the next
 * poll asks for the same events again, and events already seen are dropped.
 */
export class PollLoop {
  #cursor: number | null;
  #abort = new AbortController();
  #reachable = true;

  constructor(
    private readonly options: PollOptions,
    cursor: number | null = null,
  ) {
    this.#cursor = cursor;
  }

  /** Runs until stop. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const answer = await this.options.poll(this.#cursor, signal);
        if (signal.aborted) return;
        failures = 0;
        this.#reach(true);
        this.#take(answer);
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        failures += 1;
        if (failures > silentFailures) this.#reach(false);
        const pause = Math.min(firstPause * 2 ** (failures - 1), longestPause);
        await (this.options.pause ?? sleep)(pause, signal);
      }
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  #take(answer: PollAnswer): void {
    const seen = this.#cursor;
    this.#cursor = answer.cursor;
    if (answer.gap) {
      this.options.ongap();
    }
    for (const event of answer.events) {
      if (seen !== null && !answer.gap && event.seq <= seen) continue;
      this.options.onevent(event);
    }
  }

  #reach(reachable: boolean): void {
    if (this.#reachable === reachable) return;
    this.#reachable = reachable;
    this.options.onreach(reachable);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
