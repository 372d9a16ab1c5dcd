import type { HostClient } from '../api/client';
import { asHostError, isAbort, type HostError } from '../api/errors';
import type { Choice, Decision, Line, Review as ReviewData, Segment } from '../api/schema';

/** A click meant for what was there before must not install anything. */
export const armAfter = 800;

/** One package under review: the person's choices and whether Install may be pressed. */
export class Review {
  readonly data: ReviewData;
  decisions = $state<Record<string, Decision>>({});
  threat = $state<Segment[]>([]);
  armed = $state(false);
  seen = $state(false);
  acknowledged = $state(false);
  busy = $state(false);
  progress = $state<{ done: number; total: number } | null>(null);
  error = $state<HostError | null>(null);
  readonly needsAcknowledgement: boolean;
  readonly refused: boolean;
  readonly ready = $derived.by(
    () =>
      this.armed &&
      this.seen &&
      !this.busy &&
      !this.refused &&
      (this.acknowledged || !this.needsAcknowledgement),
  );
  #timer: ReturnType<typeof setTimeout>;
  #preview: AbortController | undefined;
  #accept: AbortController | undefined;

  constructor(
    private readonly client: HostClient,
    data: ReviewData,
  ) {
    this.data = data;
    this.threat = data.threat;
    this.needsAcknowledgement = !!data.warning;
    this.refused = !!data.refusal;
    this.decisions = Object.fromEntries(this.#asked().map((line) => [lineKey(line), line.decision]));
    this.#timer = setTimeout(() => (this.armed = true), armAfter);
  }

  get choices(): Choice[] {
    return this.#asked().map((line) => ({
      resource: line.resource,
      action: line.action,
      target: line.target,
      decision: this.decisions[lineKey(line)] ?? line.decision,
    }));
  }

  /** Changes one line; the sentence above follows. The newest answer wins. */
  async choose(line: Line, decision: Decision): Promise<void> {
    this.decisions[lineKey(line)] = decision;
    this.#preview?.abort();
    const preview = (this.#preview = new AbortController());
    try {
      const params = { id: this.data.id, choices: this.choices };
      const { threat } = await this.client.call('install.preview', params, preview.signal);
      if (!preview.signal.aborted) this.threat = threat;
    } catch (error) {
      if (!isAbort(error) && !preview.signal.aborted) this.error = asHostError(error);
    }
  }

  /** Installs exactly what is shown. Returns the extension's id, or null. */
  async accept(): Promise<string | null> {
    if (!this.ready) return null;
    this.busy = true;
    this.error = null;
    this.#accept = new AbortController();
    try {
      const params = { id: this.data.id, choices: this.choices, acknowledged: this.acknowledged };
      return (await this.client.call('install.accept', params, this.#accept.signal)).extension;
    } catch (error) {
      if (!isAbort(error)) this.error = asHostError(error);
      return null;
    } finally {
      this.busy = false;
      this.progress = null;
    }
  }

  /** Gives the package up. While it is being installed, the transaction is given up with it. */
  async cancel(): Promise<void> {
    this.close();
    this.#accept?.abort();
    await this.client.call('install.cancel', { id: this.data.id }).catch(() => undefined);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#preview?.abort();
  }

  #asked(): Line[] {
    return this.data.lines.filter((line) => !line.fixed && line.change !== 'removed');
  }
}

export function lineKey(line: { resource: string; action: string; target: string }): string {
  return JSON.stringify([line.resource, line.action, line.target]);
}
