// Notes what goes over the port between the SDK and Alcove, both ways.
import type { Report } from './case';

interface Message {
  id?: string;
  method?: string;
  error?: { code: number } | null;
}

/** Begins before the SDK does, whose port comes with a message to the window. */
export function followWire(): Report['calls'] {
  const calls: Report['calls'] = [];
  addEventListener('message', (event: MessageEvent<{ type?: string } | null>) => {
    const [port] = event.ports;
    if (event.data?.type !== 'haexspace:port:init' || port === undefined) return;
    const asked = new Map<string, string>();
    const post = MessagePort.prototype.postMessage as (this: MessagePort, ...args: unknown[]) => void;
    port.postMessage = (...args: unknown[]) => {
      const { id, method } = args[0] as Message;
      if (id !== undefined && method !== undefined) asked.set(id, method);
      post.apply(port, args);
    };
    port.addEventListener('message', ({ data }: MessageEvent<Message>) => {
      const method = data.id === undefined ? undefined : asked.get(data.id);
      if (method !== undefined) calls.push({ method, code: data.error?.code ?? null });
    });
  });
  return calls;
}
