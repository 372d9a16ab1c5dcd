import type { HostClient } from '../api/client';
import { asHostError, isAbort, type HostError } from '../api/errors';
import { kitLength, readKit } from '../kit';
import { Countdown } from './countdown.svelte';

type Mode = 'passphrase' | 'words' | 'new_passphrase';

/** The unlock screen: passphrase, or recovery kit followed by a new passphrase. */
export class Unlock {
  mode = $state<Mode>('passphrase');
  passphrase = $state('');
  recovery = $state('');
  busy = $state(false);
  tries = $state(0);
  capsLock = $state(false);
  error = $state<HostError | null>(null);
  readonly wait = new Countdown();
  readonly #kit = $derived(readKit(this.recovery));
  readonly words = $derived(this.#kit.words);
  /** The kit's other form is one line of text. */
  readonly isKey = $derived(this.#kit.key !== '');
  readonly complete = $derived(this.isKey || this.words.length === kitLength);

  #abort: AbortController | undefined;

  constructor(
    private readonly client: HostClient,
    waitMs: number,
  ) {
    this.wait.start(waitMs);
  }

  /** Tries the passphrase. Returns true when the vault is open. */
  unlock(): Promise<boolean> {
    return this.#try('vault.unlock', { passphrase: this.passphrase });
  }

  /** Opens with the recovery kit and sets the new passphrase. */
  recover(passphrase: string): Promise<boolean> {
    return this.#try('vault.unlock', { recovery: this.#kitText, new_passphrase: passphrase });
  }

  /** Checks the recovery kit and then asks for a new passphrase. */
  async check(): Promise<boolean> {
    const good = await this.#try('vault.check_kit', { recovery: this.#kitText });
    if (good) this.show('new_passphrase');
    return good;
  }

  get #kitText(): string {
    return this.isKey ? this.#kit.key : this.words.join(' ');
  }

  /** Gives up while the key is being made; nothing is opened then. */
  cancel(): void {
    this.#abort?.abort();
  }

  show(mode: Mode): void {
    this.mode = mode;
    this.error = null;
  }

  async #try(method: 'vault.unlock' | 'vault.check_kit', params: object): Promise<boolean> {
    if (this.busy || (this.wait.left > 0 && this.mode === 'passphrase')) return false;
    this.busy = true;
    this.error = null;
    this.#abort = new AbortController();
    try {
      await this.client.call(method, params, this.#abort.signal);
      if (method === 'vault.unlock') this.passphrase = this.recovery = '';
      return true;
    } catch (thrown) {
      if (isAbort(thrown)) return false;
      const error = asHostError(thrown);
      this.error = error;
      if (error.code === 'vault.wrong_passphrase') this.tries += 1;
      if (error.code.startsWith('vault.kit_')) this.mode = 'words';
      if (typeof error.data.wait_ms === 'number') this.wait.start(error.data.wait_ms);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
