import type { HostClient } from '../api/client';
import { asHostError, isAbort, type HostError } from '../api/errors';
import type { Review as ReviewData } from '../api/schema';
import { Review } from './review.svelte';

/** Packages that wait for a decision, and the one on screen. */
export class Reviews {
  pending = $state<ReviewData[]>([]);
  current = $state<Review | null>(null);
  /** A file that could not be reviewed, with its name. */
  failed = $state<{ file: string; error: HostError } | null>(null);
  /** The file that is being checked, and whether that takes long enough to say so. */
  reading = $state('');
  slow = $state(false);
  #abort: AbortController | undefined;

  constructor(
    private readonly client: HostClient,
    private readonly dialogs: () => boolean,
    private readonly pickInPage: () => Promise<File | null>,
  ) {}

  /** Follows the list Go keeps. */
  async follow(ids: string[]): Promise<void> {
    const known = (id: string) => this.pending.find((review) => review.id === id);
    const found = await Promise.all(ids.map((id) => known(id) ?? this.#load(id)));
    this.pending = found.filter((review) => review !== null);
  }

  /** Shows a review unless one is on screen already. */
  async arrive(id: string): Promise<void> {
    const review = this.pending.find((other) => other.id === id) ?? (await this.#load(id));
    if (review === null) return;
    if (!this.pending.some((other) => other.id === id)) this.pending.push(review);
    if (this.current === null) this.open(review);
  }

  open(data: ReviewData): void {
    this.current = new Review(this.client, data);
  }

  /** Asks for a package file with the dialog there is. */
  async pick(): Promise<void> {
    if (this.dialogs()) {
      await this.#bring('', () => this.client.call('install.pick').then((answer) => answer?.review));
      return;
    }
    const file = await this.pickInPage();
    if (file !== null) await this.upload(file);
  }

  async upload(file: File): Promise<void> {
    await this.#bring(file.name, (signal) => this.client.upload(file, signal));
  }

  async bundled(name: string): Promise<void> {
    await this.#bring(name, (signal) =>
      this.client.call('install.bundled', { name }, signal).then((answer) => answer?.review),
    );
  }

  /** Ends the review on screen without installing. */
  async cancel(): Promise<void> {
    const review = this.current;
    if (review === null) return;
    this.#drop(review.data.id);
    await review.cancel();
  }

  /** Leaves the review for later; it stays in the list. */
  later(): void {
    this.current?.close();
    this.current = null;
  }

  /** Installs what is on screen. Returns the extension's id when it is installed. */
  async accept(): Promise<string | null> {
    const review = this.current;
    const id = (await review?.accept()) ?? null;
    if (id !== null && review) {
      review.close();
      this.#drop(review.data.id);
    }
    return id;
  }

  progress(done: number, total: number): void {
    if (this.current?.busy) this.current.progress = { done, total };
  }

  fail(file: string, error: HostError): void {
    this.failed = { file, error };
  }

  #drop(id: string): void {
    this.pending = this.pending.filter((review) => review.id !== id);
    if (this.current?.data.id === id) this.current = null;
  }

  /** Gives up checking a file. */
  stopReading(): void {
    this.#abort?.abort();
  }

  async #bring(file: string, get: (signal: AbortSignal) => Promise<string | undefined>): Promise<void> {
    this.reading = file;
    const abort = (this.#abort = new AbortController());
    const timer = setTimeout(() => (this.slow = file !== ''), 500);
    try {
      const id = await get(abort.signal);
      if (id !== undefined) await this.arrive(id);
    } catch (error) {
      if (!isAbort(error)) this.fail(file, asHostError(error));
    } finally {
      clearTimeout(timer);
      this.reading = '';
      this.slow = false;
    }
  }

  async #load(id: string): Promise<ReviewData | null> {
    return this.client.call('install.review', { id }).catch(() => null);
  }
}
