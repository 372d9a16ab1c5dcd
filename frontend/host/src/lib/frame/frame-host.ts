import type { FrameContext } from '../api/schema';
import { Heartbeat } from './heartbeat';
import * as protocol from './protocol';
import type { Carry, Fetch, Relay, RelayQueue } from './relay';
import { AlcoveSpeech, type Speech, type Wires } from './speech';

/** Why a frame was ended by the page. */
export type FrameFailure = 'start' | 'crash' | 'hang' | 'memory' | 'focus';

export interface FrameOptions {
  /** The frame's window, or null while there is none. Only ever posted to, never believed. */
  target(): Pick<Window, 'postMessage'> | null;
  context: FrameContext;
  /** How the frame talks; Alcove's own way where it is left out. */
  speech?: Speech;
  relay: Relay;
  carry: Carry;
  fetch: Fetch;
  /** Whether the page itself must notice a hang; in the window Go's watchdog does. */
  watch: boolean;
  onready(): void;
  onfail(reason: FrameFailure): void;
}

/**
 * The host's end of one extension frame. The frame's identity is the port that
 * answered first: messages on window level are never read, so nothing a frame
 * claims about itself is believed. Where a frame has no word for being alive, a
 * document that it loads anew answers a new offer, and its port takes the place
 * of the one before.
 */
export class FrameHost {
  #port: MessagePort | null = null;
  #offered: MessagePort[] = [];
  #offers: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #reveal: ReturnType<typeof setTimeout> | undefined;
  #probe: { n: number; timer: ReturnType<typeof setTimeout> } | undefined;
  #saved: (() => void) | undefined;
  #queue: RelayQueue;
  #speech: Speech;
  #wires: Wires;
  #beat: Heartbeat;
  #context: FrameContext;
  #chatter = { since: performance.now(), count: 0 };
  #ready = false;
  #ended = false;

  constructor(private readonly options: FrameOptions) {
    this.#context = options.context;
    this.#speech = options.speech ?? new AlcoveSpeech();
    this.#wires = {
      post: (message, transfer = []) => this.#port?.postMessage(message, transfer),
      push: (envelope) => {
        if (!this.#ended) this.#queue.push(envelope);
      },
      control: (message) => this.#control(message),
    };
    this.#queue = options.relay.queue({
      carry: options.carry,
      fetch: options.fetch,
      answer: (reply) => this.#speech.answered(reply, this.#wires),
      waiting: (id) => this.#send({ type: 'waiting', id }),
      flooded: () => this.#fail('crash'),
    });
    this.#beat = new Heartbeat(
      (n) => this.#send({ type: 'ping', n }),
      () => this.#fail('hang'),
    );
  }

  /** The iframe fired load. The first starts the handshake; a later one must still be the same document. */
  loaded(): void {
    if (this.#ended) return;
    if (this.#port !== null && this.#speech.pings) {
      this.#check();
      return;
    }
    const late = this.#port === null ? () => this.#fail('start') : () => this.#stopOffering();
    this.#deadline ??= setTimeout(late, this.#port === null ? this.#speech.offerFor : protocol.offerAgainFor);
    if (this.#offers === undefined) {
      this.#offers = setInterval(() => this.#offer(), protocol.offerEvery);
      this.#offer();
    }
  }

  /** Tells the frame that its surroundings changed, such as the theme. */
  update(change: Partial<FrameContext>): void {
    this.#context = { ...this.#context, ...change };
    if (this.#port !== null) this.#send({ type: 'context', context: this.#context });
  }

  /** Tells the frame that something happened which it may want to know. */
  emit(name: string, data: unknown): void {
    this.#send({ type: 'event', name, data });
  }

  /** Asks the app to save. Resolves when it has, or after ms. */
  deactivate(ms: number): Promise<void> {
    if (this.#port === null || this.#ended || !this.#speech.pings) return Promise.resolve();
    this.#beat.stop();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#saved = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#send({ type: 'deactivate', ms });
    });
  }

  /** Ends the session on this side. Nothing is sent or relayed afterwards. */
  end(): void {
    this.#ended = true;
    this.#saved?.();
    this.#stopOffering();
    clearTimeout(this.#reveal);
    clearTimeout(this.#probe?.timer);
    this.#beat.stop();
    this.#queue.close();
    this.#port?.close();
    this.#port = null;
  }

  #offer(): void {
    const target = this.options.target();
    if (target === null) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event: MessageEvent<unknown>) => {
      if (this.#floods()) return;
      if (this.#speech.accepts(event.data)) this.#pin(port1);
    };
    this.#offered.push(port1);
    // The frame's origin is opaque, so there is no name to address it by. The
    // message holds nothing but the port.
    target.postMessage(this.#speech.offer, '*', [port2]);
  }

  #pin(port: MessagePort): void {
    if (this.#ended || (this.#port !== null && this.#speech.pings)) return;
    this.#port?.close();
    this.#port = port;
    this.#offered = this.#offered.filter((other) => other !== port);
    this.#stopOffering();
    port.onmessage = (event: MessageEvent<unknown>) => this.#receive(event.data);
    this.#send({ type: 'welcome', context: this.#context });
    this.#send({ type: 'activate' });
    this.#reveal = setTimeout(() => this.#show(), protocol.revealAfter);
    if (this.options.watch && this.#speech.pings) this.#beat.start();
  }

  #stopOffering(): void {
    clearInterval(this.#offers);
    clearTimeout(this.#deadline);
    this.#offers = undefined;
    this.#deadline = undefined;
    for (const port of this.#offered.splice(0)) port.close();
  }

  #receive(data: unknown): void {
    if (!this.#speech.heard(data, this.#wires)) this.#floods();
  }

  #control(message: protocol.FromFrame): void {
    if (message.type === 'ready') this.#show();
    if (message.type === 'done') this.#saved?.();
    if (message.type === 'pong') {
      if (message.n === this.#probe?.n) {
        clearTimeout(this.#probe.timer);
        this.#probe = undefined;
      } else {
        this.#beat.pong(message.n);
      }
    }
  }

  /** Counts a message that is no call, and ends a frame that sends them without end. */
  #floods(): boolean {
    const now = performance.now();
    if (now - this.#chatter.since >= 1000) this.#chatter = { since: now, count: 0 };
    this.#chatter.count += 1;
    if (this.#chatter.count <= protocol.mostChatter) return false;
    this.#fail('crash');
    return true;
  }

  #show(): void {
    clearTimeout(this.#reveal);
    if (this.#ready || this.#ended) return;
    this.#ready = true;
    this.options.onready();
  }

  /** A frame that navigated away has lost the port, so it cannot answer this. Hash navigation can. */
  #check(): void {
    clearTimeout(this.#probe?.timer);
    const n = -1 - Math.floor(Math.random() * 1e9);
    this.#probe = { n, timer: setTimeout(() => this.#fail('crash'), protocol.silenceAfterLoad) };
    this.#send({ type: 'ping', n });
  }

  #fail(reason: FrameFailure): void {
    if (this.#ended) return;
    this.end();
    this.options.onfail(reason);
  }

  #send(message: protocol.ToFrame): void {
    if (this.#port !== null) this.#speech.say(message, this.#wires);
  }
}
