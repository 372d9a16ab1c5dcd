import { pingEvery, silentPings } from './protocol';

/**
 * Notices a frame that stopped answering. It counts unanswered pings and not
 * time, and a tick that came late counts for nothing: after the machine slept
 * or the tab was in the background, the page itself was silent too.
 */
export class Heartbeat {
  #timer: ReturnType<typeof setInterval> | undefined;
  #sent = 0;
  #answered = 0;
  #silent = 0;
  #last = 0;

  constructor(
    private readonly ping: (n: number) => void,
    private readonly hung: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  start(): void {
    this.#last = this.now();
    this.#timer = setInterval(() => this.#tick(), pingEvery);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  pong(n: number): void {
    if (n <= this.#sent) this.#answered = Math.max(this.#answered, n);
  }

  #tick(): void {
    const now = this.now();
    const late = now - this.#last > pingEvery * 1.5;
    this.#last = now;
    const answered = this.#answered === this.#sent;
    this.#silent = answered || late ? 0 : this.#silent + 1;
    if (this.#silent >= silentPings) {
      this.stop();
      this.hung();
      return;
    }
    this.#sent += 1;
    this.ping(this.#sent);
  }
}
