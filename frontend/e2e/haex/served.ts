// One frame of the dialect haex, served by Go, with the host page's own end of
// it in front: what the SDK sends goes the whole way but for the browser.
import { type ChildProcess } from 'node:child_process';
import { decode } from '@msgpack/msgpack';
import { FrameHost } from '../../host/src/lib/frame/frame-host';
import { HaexSpeech } from '../../host/src/lib/frame/haex';
import { Relay } from '../../host/src/lib/frame/relay';
import type { Carried, Ticket } from '../../host/src/lib/api/client';
import type { FrameContext } from '../../host/src/lib/api/schema';
import { goServer } from '../lib/go-server';

export interface About {
  context: FrameContext;
  echo: string;
  documents: string;
  downloads: string;
  outside: string;
  mail: { host: string; username: string };
  storage: {
    endpoint: string;
    region: string;
    bucket: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
}

export class Served {
  readonly host: FrameHost;
  readonly window = new EventTarget();
  #relay = new Relay(4);
  #over = new AbortController();

  private constructor(
    private readonly process: ChildProcess,
    private readonly address: string,
    readonly about: About,
  ) {
    this.host = new FrameHost({
      target: () => ({
        postMessage: (data: unknown, _: unknown, ports: Transferable[] = []) =>
          this.window.dispatchEvent(Object.assign(new Event('message'), { data, ports })),
      }),
      context: about.context,
      speech: new HaexSpeech(),
      relay: this.#relay,
      carry: (envelope, signal) => this.#carried('/call', envelope, signal),
      fetch: (ticket, signal) => this.#carried('/result', JSON.stringify(ticket), signal),
      watch: true,
      onready: () => undefined,
      onfail: (reason) => {
        throw new Error(`the frame was ended: ${reason}`);
      },
    });
    void this.#listen();
  }

  static async start(): Promise<Served> {
    const { process, address } = await goServer('internal/bridge', 'TestServeHaexFrame', 'ALCOVE_SERVE_HAEX');
    const about = (await (await fetch(`${address}/about`)).json()) as About;
    return new Served(process, address, about);
  }

  /** Tells the Go side something, and answers what it says. */
  async tell(path: string, body: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(this.address + path, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as Record<string, unknown>;
  }

  async end(): Promise<number | null> {
    this.#over.abort();
    this.host.end();
    const ended = new Promise<number | null>((resolve) => this.process.on('exit', resolve));
    this.process.stdin?.end();
    return ended;
  }

  async #carried(path: string, body: BodyInit, signal: AbortSignal): Promise<Carried> {
    const response = await fetch(this.address + path, { method: 'POST', body, signal });
    const bytes = await response.arrayBuffer();
    return response.status === 202 ? (decode(bytes) as Ticket) : bytes;
  }

  /** What the page hears of Go. */
  async #listen(): Promise<void> {
    let after = 0;
    const { signal } = this.#over;
    while (!signal.aborted) {
      const response = await fetch(`${this.address}/events?after=${String(after)}`, { signal }).catch(
        () => undefined,
      );
      if (response === undefined) return;
      const items = (await response.json()) as { kind: string; data: Record<string, string> }[];
      after += items.length;
      for (const { kind, data } of items) {
        if (kind === 'call.done') this.#relay.done(data.ticket ?? '');
        if (kind === 'call.waiting') this.#relay.waits(data.ticket ?? '');
        if (kind === 'frame.event') this.host.emit(data.name ?? '', data.data);
      }
    }
  }
}
