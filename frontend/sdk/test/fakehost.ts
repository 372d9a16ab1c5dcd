// The other end of a real MessageChannel, for tests: offers, greets, answers.

import { decode, encode } from '@msgpack/msgpack';
import { connect } from '../src/index.ts';
import type { ConnectOptions, Vault } from '../src/index.ts';

export const CONTEXT = {
  id: `${'ab'.repeat(32)}.notes`,
  name: 'notes',
  title: 'Notes',
  version: '1.2.3',
  prefix: `${'ab'.repeat(32)}__notes__`,
  theme: 'dark',
  locale: 'en',
  platform: 'linux',
  reducedMotion: true,
};

export interface Request {
  v: number;
  id: number;
  method: string;
  params: Record<string, unknown>;
}
type Answer = (request: Request) => unknown;

const codec = { useBigInt64: true };

export class Refusal {
  constructor(
    readonly code: string,
    readonly message: string,
    readonly data?: unknown,
  ) {}
}
/** Returned by an answer function that wants no reply to be sent. */
export const SILENCE = Symbol('silence');

export class FakeHost {
  readonly scope = new EventTarget();
  readonly requests: Request[] = [];
  readonly control: Record<string, unknown>[] = [];
  answer: Answer = () => ({});
  port!: MessagePort;
  #wake: (() => void)[] = [];

  offer(data: unknown = { alcove: 1, type: 'port' }): void {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    port1.onmessage = (event: MessageEvent<unknown>) => {
      this.#receive(event.data);
    };
    this.post(data, [port2]);
  }

  post(data: unknown, ports: MessagePort[]): void {
    this.scope.dispatchEvent(Object.assign(new Event('message'), { data, ports, source: null }));
  }

  reply(envelope: unknown): void {
    const bytes = encode(envelope, codec).slice();
    this.port.postMessage(bytes.buffer, [bytes.buffer]);
  }

  /** Resolves once a control message of that type has arrived. */
  async heard(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.control.find((m) => m.type === type);
      if (found) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async received(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const request = decode(data, codec) as Request;
      this.requests.push(request);
      const result = this.answer(request);
      if (result instanceof Refusal) this.reply({ id: request.id, error: { ...result } });
      else if (result !== SILENCE) this.reply({ id: request.id, ok: result });
    } else {
      this.control.push(data as Record<string, unknown>);
    }
    this.#wake.splice(0).forEach((wake) => {
      wake();
    });
  }
}

export async function connected(
  answer?: Answer,
  options: ConnectOptions = {},
): Promise<{ host: FakeHost; vault: Vault }> {
  const host = new FakeHost();
  if (answer) host.answer = answer;
  const pending = connect({ scope: host.scope, ...options });
  host.offer();
  await host.heard('hello');
  host.port.postMessage({ type: 'welcome', context: CONTEXT });
  const vault = await pending;
  return { host, vault };
}
