// What the host keeps open for the extension, by its number: read in pieces,
// written, and closed.

import type { Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** What one read gave. */
export interface Piece {
  data: Uint8Array<ArrayBuffer>;
  /** Nothing follows. */
  done: boolean;
  meta: Record<string, unknown>;
}

/** Waits for the next piece. */
export async function readHandle(channel: Channel, handle: number, max?: number): Promise<Piece> {
  const reply = await channel.call('handle.read', max === undefined ? { handle } : { handle, max });
  if (!isMap(reply) || !(reply.data instanceof Uint8Array) || typeof reply.done !== 'boolean') {
    throw new AlcoveError('reply.malformed', 'the host did not answer handle.read');
  }
  return {
    data: new Uint8Array(reply.data),
    done: reply.done,
    meta: isMap(reply.meta) ? reply.meta : {},
  };
}

/** Gives the handle back; what was not read is given up. */
export function closeHandle(channel: Channel, handle: number): void {
  channel.call('handle.close', { handle, abort: true }).catch(() => undefined);
}

/**
 * The handle as a stream that reads when somebody wants more, and closes the handle at its end,
 * when it is cancelled, and when `signal` fires.
 */
export function streamOf(
  channel: Channel,
  handle: number,
  signal?: AbortSignal | null,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let stop = () => {
    closeHandle(channel, handle);
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        if (!signal) return;
        const onAbort = () => {
          stop();
          controller.error(signal.reason);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        stop = () => {
          signal.removeEventListener('abort', onAbort);
          closeHandle(channel, handle);
        };
        if (signal.aborted) onAbort();
      },
      async pull(controller) {
        try {
          const piece = await readHandle(channel, handle);
          if (signal?.aborted) return;
          if (piece.data.length > 0) controller.enqueue(piece.data);
          if (!piece.done) return;
          stop();
          controller.close();
        } catch (error) {
          if (signal?.aborted) return;
          stop();
          throw error;
        }
      },
      cancel() {
        stop();
      },
    },
    { highWaterMark: 0 },
  );
}
