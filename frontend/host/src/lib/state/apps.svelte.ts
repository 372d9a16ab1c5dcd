import type { HostClient } from '../api/client';
import { asHostError, type HostError } from '../api/errors';
import type { FrameContext } from '../api/schema';
import { FrameHost, type FrameFailure } from '../frame/frame-host';
import { HaexSpeech } from '../frame/haex';
import { saveOnClose } from '../frame/protocol';
import type { Relay } from '../frame/relay';
import { shadowFrame } from '../frame/shadow';
import { AlcoveSpeech } from '../frame/speech';

/** How an app came to stop, in the order a person cares about. */
export type Stop = {
  reason: FrameFailure | 'refused';
  error: HostError | null;
  /** Files that it asked for and that its package does not have. */
  missing?: string[];
};

interface Surroundings {
  client: HostClient;
  relay: Relay;
  watch: boolean;
  environment(): object;
}

/**
 * Where a person finds an app: in its tab; nowhere, since the tab was closed a
 * moment ago and Go is asked whether it may go on; nowhere, and it goes on; or
 * nowhere, and it only saves.
 */
export type Place = 'tab' | 'closing' | 'unseen' | 'leaving';

/** One app that runs, or has a tab: its session and its frame. */
export class OpenApp {
  status = $state<'closed' | 'starting' | 'shown' | 'stopped'>('closed');
  title = $state('');
  src = $state('');
  display = $state('tab');
  /** Grows with each start, so that the page makes a new frame element. */
  generation = $state(0);
  stop = $state<Stop | null>(null);
  place = $state<Place>('tab');
  /** Tabs are in this order. It is another number after each time the app was opened. */
  opened = 0;
  /** The person opened it, so the focus goes into it once it is shown. */
  wantsFocus = $state(false);
  /** Names the frame in what Go tells the page. */
  frame = '';
  /** The app has stopped, or was refused. */
  onhalt: (() => void) | undefined;
  #session = '';
  #context: FrameContext | null = null;
  #dialect = '';
  #frame: FrameHost | null = null;
  #element: HTMLIFrameElement | null = null;
  #sight: Promise<unknown> = Promise.resolve();

  constructor(
    readonly id: string,
    title: string,
    private readonly around: Surroundings,
  ) {
    this.title = title;
  }

  /** Opens a session, hidden where no person opened it. The frame follows when the page has made its element. */
  async start(hidden = false): Promise<void> {
    this.#end();
    this.stop = null;
    this.src = '';
    this.status = 'starting';
    const generation = ++this.generation;
    try {
      const environment = this.around.environment();
      const answer = await this.around.client.call('ext.open', { id: this.id, environment, hidden });
      if (generation !== this.generation) {
        this.#close(answer.session);
        return;
      }
      this.#session = answer.session;
      this.frame = answer.frame;
      this.#context = answer.context;
      this.#dialect = answer.dialect;
      this.title = answer.title || this.title;
      this.display = answer.display || 'tab';
      this.src = answer.src;
      if (hidden && this.place === 'tab') void this.show(); // opened while it started
    } catch (error) {
      if (generation === this.generation) this.halt({ reason: 'refused', error: asHostError(error) });
    }
  }

  /** Starts the app again for the person who asked for it. */
  restart(): Promise<void> {
    this.wantsFocus = true;
    return this.start();
  }

  /** The page made a place for the frame. */
  attach(place: HTMLElement): void {
    const { client, relay, watch } = this.around;
    const session = this.#session;
    if (this.#context === null) return;
    const element = shadowFrame(place, this, () => this.#frame?.loaded());
    this.#element = element;
    this.#frame = new FrameHost({
      target: () => element.contentWindow,
      context: this.#context,
      speech: this.#dialect === 'haex' ? new HaexSpeech() : new AlcoveSpeech(),
      relay,
      carry: (envelope, signal) => client.relay(session, envelope, signal),
      fetch: (ticket, signal) => client.result(session, ticket, signal),
      watch,
      onready: () => (this.status = 'shown'),
      onfail: (reason) => this.#failed(session, reason),
    });
  }

  /** What its frame may do; as in the policy of its files. */
  get sandbox(): string {
    return this.#dialect === 'haex' ? 'allow-scripts allow-forms' : 'allow-scripts';
  }

  focus(): void {
    this.wantsFocus = false;
    this.#element?.focus();
  }

  owns(frame: HTMLIFrameElement): boolean {
    return this.#element === frame;
  }

  /** It took the keyboard from what is on screen again and again. */
  seized(): void {
    this.#frame?.end();
    this.#failed(this.#session, 'focus');
  }

  /** Keeps the frame from the person while the host asks something. */
  hold(held: boolean): void {
    if (this.#element) this.#element.inert = held;
  }

  /** Takes the app out of sight. Whether it may go on there; if not, nothing has changed. */
  async hide(): Promise<boolean> {
    return this.#inTurn(async () => {
      const session = this.#session;
      if (session === '') return false;
      const { kept } = await this.around.client.call('ext.hide', { session });
      return kept && session === this.#session;
    }).catch(() => false);
  }

  /** Tells that the app is seen again. */
  async show(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#session !== '') await this.around.client.call('ext.show', { session: this.#session });
    }).catch(() => undefined);
  }

  /** What is told about being seen arrives in the order in which it was told. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#sight.then(work);
    this.#sight = done.catch(() => undefined);
    return done;
  }

  update(change: Partial<FrameContext>): void {
    this.#frame?.update(change);
  }

  /** Tells the app that something happened which it may want to know. */
  emit(name: string, data: unknown): void {
    this.#frame?.emit(name, data);
  }

  /** Asks the app to save and ends its session. */
  async close(ms = saveOnClose): Promise<void> {
    await this.#frame?.deactivate(ms);
    this.generation += 1;
    this.#end();
    this.status = 'closed';
  }

  /** Asks the app to save before the vault locks; Go ends the session. */
  save(ms: number): Promise<void> {
    return this.#frame?.deactivate(ms) ?? Promise.resolve();
  }

  /** Shows the card in the app's place. */
  halt(stop: Stop): void {
    this.#end();
    this.stop = stop;
    this.status = 'stopped';
    this.onhalt?.();
  }

  #failed(session: string, reason: FrameFailure): void {
    const { client } = this.around;
    this.#session = '';
    this.halt({ reason, error: null });
    const told = reason === 'hang' ? 'hang' : 'crash';
    const generation = this.generation;
    void client
      .call('ext.failed', { session, reason: told })
      .then(({ missing }) => {
        if (generation === this.generation && this.stop) this.stop = { ...this.stop, missing };
      })
      .catch(() => undefined)
      .then(() => this.#close(session));
  }

  #end(): void {
    this.#frame?.end();
    this.#frame = null;
    this.#element = null;
    this.src = '';
    if (this.#session !== '') this.#close(this.#session);
    this.#session = '';
    this.frame = '';
  }

  #close(session: string): void {
    void this.around.client.call('ext.close', { session }).catch(() => undefined);
  }
}
