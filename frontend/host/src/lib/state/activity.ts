/** Told at most this often, in ms. */
const throttle = 15_000;
const lookEvery = 3_000;

/**
 * Tells Go that somebody is here, so that the vault does not lock. Input inside
 * a frame never reaches this page, but the browser marks the page as used when
 * a person, and no script, clicks or types in one of its frames.
 */
export class Activity {
  #last = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setInterval>;
  #seen = () => this.note();

  constructor(
    private readonly tell: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel']) {
      addEventListener(type, this.#seen, { capture: true, passive: true });
    }
    this.#timer = setInterval(() => {
      if (navigator.userActivation?.isActive) this.note();
    }, lookEvery);
  }

  note(): void {
    const now = this.now();
    if (now - this.#last < throttle) return;
    this.#last = now;
    this.tell();
  }

  /** Lets the next input be told at once, when the vault is about to lock. */
  urgent(): void {
    this.#last = Number.NEGATIVE_INFINITY;
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel']) {
      removeEventListener(type, this.#seen, { capture: true });
    }
  }
}
