/** Whole seconds that are left of a wait. */
export class Countdown {
  left = $state(0);
  #timer: ReturnType<typeof setInterval> | undefined;

  start(ms: number): void {
    this.stop();
    if (ms <= 0) return;
    const end = performance.now() + ms;
    this.left = Math.ceil(ms / 1000);
    this.#timer = setInterval(() => {
      this.left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      if (this.left === 0) this.stop();
    }, 200);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.left = 0;
  }
}
