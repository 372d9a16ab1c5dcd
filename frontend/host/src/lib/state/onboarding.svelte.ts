import type { HostClient } from '../api/client';
import { asHostError, isAbort, type HostError } from '../api/errors';
import type { Kit } from '../api/schema';

export const steps = ['name', 'passphrase', 'kit', 'apps'] as const;
export type StepName = (typeof steps)[number];
export const shortestPassphrase = 8;

/** Making a vault. Nothing is on disk until the two words were right. */
export class Onboarding {
  step = $state<StepName>('name');
  name = $state('Home');
  /** The folder is given, and so is the vault's name. */
  readonly fixedName: boolean;
  /** Words made by Alcove, or the person's own text. */
  own = $state(false);
  suggested = $state('');
  chosen = $state('');
  typed = $state('');
  kit = $state<Kit | null>(null);
  covered = $state(false);
  answers = $state<[string, string]>(['', '']);
  busy = $state(false);
  error = $state<HostError | null>(null);
  readonly passphrase = $derived(this.own ? this.chosen : this.suggested);
  readonly long = $derived([...this.passphrase].length >= shortestPassphrase);
  readonly repeated = $derived(this.passphrase !== '' && this.typed === this.passphrase);
  readonly #practised = $derived(practised(this.suggested, this.typed));
  /** Words still to type of a generated passphrase. */
  readonly wordsLeft = $derived(this.#practised.left);
  /** Which word was typed otherwise, from 1; 0 if none was. */
  readonly wrongWord = $derived(this.#practised.wrong);
  #judged = $state<[boolean, boolean]>([false, false]);

  #abort: AbortController | undefined;

  constructor(
    private readonly client: HostClient,
    name: string | undefined,
  ) {
    this.fixedName = name !== undefined;
    if (name !== undefined) this.name = name;
  }

  async suggest(): Promise<void> {
    await this.#do(async () => {
      this.suggested = (await this.client.call('vault.suggest')).passphrase;
      this.typed = '';
    });
  }

  writeOwn(own: boolean): void {
    this.own = own;
    this.chosen = '';
    this.typed = '';
  }

  toPassphrase(): void {
    this.step = 'passphrase';
    if (this.suggested === '') void this.suggest();
  }

  /** Makes the keys in memory and shows the kit. */
  async begin(): Promise<void> {
    if (!this.long || !this.repeated) return;
    await this.#do(async () => {
      if (this.kit !== null) await this.client.call('vault.discard', { id: this.kit.id });
      this.kit = null;
      this.#abort = new AbortController();
      const params = { name: this.name.trim(), passphrase: this.passphrase };
      this.kit = await this.client.call('vault.begin', params, this.#abort.signal);
      this.uncover();
      this.answers = ['', ''];
      this.step = 'kit';
    });
  }

  /** One step back; while the keys are being made, that is given up. */
  back(): void {
    this.#abort?.abort();
    if (this.step === 'passphrase' && !this.busy) this.step = 'name';
    if (this.step === 'kit' && !this.busy) this.step = 'passphrase';
  }

  /** Checks one of the two words as it is typed, without telling where it is wrong. */
  right(index: 0 | 1): boolean {
    const kit = this.kit;
    return kit !== null && this.answers[index].trim().toLowerCase() === kit.words[kit.ask[index]];
  }

  /** A word was typed to its end, and may be called wrong until it is right. */
  judge(index: 0 | 1): void {
    this.#judged[index] = true;
  }

  wrong(index: 0 | 1): boolean {
    return this.#judged[index] && this.answers[index].trim() !== '' && !this.right(index);
  }

  /** Shows all words again. */
  uncover(): void {
    this.covered = false;
    this.#judged = [false, false];
  }

  /** Writes the vault and opens it. */
  async finish(): Promise<boolean> {
    const kit = this.kit;
    if (kit === null) return false;
    return this.#do(async () => {
      const answers = this.answers.map((word) => word.trim().toLowerCase());
      await this.client.call('vault.finish', { id: kit.id, answers });
      this.kit = null;
      this.suggested = this.chosen = this.typed = '';
      this.step = 'apps';
    });
  }

  async discard(): Promise<void> {
    const kit = this.kit;
    this.kit = null;
    this.suggested = this.chosen = this.typed = '';
    if (kit !== null) await this.client.call('vault.discard', { id: kit.id }).catch(() => undefined);
  }

  async #do(work: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      if (!isAbort(error)) this.error = asHostError(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** How far a generated passphrase was typed. The word that is being typed is wrong once it cannot become right. */
function practised(suggested: string, typed: string): { left: number; wrong: number } {
  const words = suggested.split(' ');
  const tried = typed.split(' ');
  const open = tried.length - 1;
  const wrong = tried.findIndex((word, i) => (i === open ? !words[i]?.startsWith(word) : word !== words[i]));
  const right = tried.filter((word, i) => word !== '' && word === words[i]).length;
  return { left: words.length - right, wrong: typed === '' ? 0 : wrong + 1 };
}
