// A page of a haex extension as far as its script needs one: what jsdom has not,
// and the host's end of the port that its SDK has accepted.
import { vi } from 'vitest';

export interface Call {
  id: string;
  method: string;
  params: Record<string, unknown>;
}

/** Alcove, as the page hears of it. */
export class Host {
  readonly calls: Call[] = [];
  #port: MessagePort | undefined;
  #asked = new Set<() => void>();

  /** Gives the page its port, as the SDK would accept it. */
  accept(): void {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<Call & { type?: string }>) => {
      if (data.type !== undefined) return;
      this.calls.push(data);
      for (const look of this.#asked) look();
    };
    port2.start();
    port2.postMessage({ type: 'haexspace:port:ready' });
  }

  /** The n-th call, waited for. */
  called(n = 1): Promise<Call> {
    return new Promise((resolve) => {
      const look = () => {
        const call = this.calls[n - 1];
        if (!call) return;
        this.#asked.delete(look);
        resolve(call);
      };
      this.#asked.add(look);
      look();
    });
  }

  say(message: object): void {
    this.#port?.postMessage(message);
  }

  /** Answers the n-th call. */
  async answer(n: number, reply: { result?: unknown; error?: object }): Promise<Call> {
    const call = await this.called(n);
    this.say({ id: call.id, ...reply });
    return call;
  }

  end(): void {
    this.#port?.close();
  }
}

/** What jsdom does not have of a dialog. */
export function withDialogs(): void {
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
}

/** A module of the page's script, as new: each keeps its state to itself. */
export async function fresh<T>(load: () => Promise<T>): Promise<T> {
  vi.resetModules();
  return load();
}

/** The cards that are on screen, and what is on each. */
export function cards(): { text: string; dialog: HTMLDialogElement; press(name: string): void }[] {
  return [...document.documentElement.children].flatMap((host) => {
    const dialog = host.shadowRoot?.querySelector('dialog');
    if (!dialog) return [];
    return {
      text: dialog.querySelector('p')?.textContent ?? '',
      dialog,
      press: (name: string) =>
        [...dialog.querySelectorAll('button')].find((button) => button.textContent === name)?.click(),
    };
  });
}

/** The only card there is, waited for. */
export async function card(): Promise<ReturnType<typeof cards>[number]> {
  return vi.waitFor(() => {
    const [only, ...more] = cards();
    if (!only || more.length > 0) throw new Error(`${String(more.length + (only ? 1 : 0))} cards`);
    return only;
  });
}

export async function noCard(): Promise<void> {
  await vi.waitFor(() => {
    if (cards().length > 0) throw new Error(`a card: ${cards()[0]?.text ?? ''}`);
  });
}
