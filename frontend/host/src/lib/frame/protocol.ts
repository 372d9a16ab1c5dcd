// Words between the host page and the SDK inside a frame. Control messages are
// plain objects; calls are ArrayBuffers that the page does not look into.

import type { FrameContext } from '../api/schema';

/** To the frame's window, once per offer, with one port. */
export const offer = { alcove: 1, type: 'port' } as const;

export type ToFrame =
  | { type: 'welcome'; context: FrameContext }
  | { type: 'activate' }
  | { type: 'ping'; n: number }
  | { type: 'deactivate'; ms: number }
  | { type: 'waiting'; id: number }
  | { type: 'event'; name: string; data: unknown }
  | { type: 'context'; context: FrameContext };

export type FromFrame =
  { type: 'hello'; sdk: string } | { type: 'ready' } | { type: 'pong'; n: number } | { type: 'done' };

export const offerEvery = 200;
export const offerFor = 10_000;
/** How long a document is offered a port that may have been loaded anew. */
export const offerAgainFor = 3_000;
/** An app whose start takes longer is shown as it is. */
export const revealAfter = 10_000;
export const silenceAfterLoad = 1_000;
export const saveOnClose = 2_000;
export const saveOnLock = 300;
export const pingEvery = 2_000;
/** Unanswered pings in a row that count as a hang: 4 s. */
export const silentPings = 2;
/** Largest envelope; Go refuses a larger one anyway. */
export const largestEnvelope = 8 * 1024 * 1024;
/** What one frame may have waiting before it counts as flooding. */
export const longestQueue = 20_000;
export const largestQueue = 64 * 1024 * 1024;

/** Replies announced before the page knew of their tickets; Go has no more than this of one frame. */
export const mostEarly = 1_024;

/** Messages a second, besides calls, that count as flooding. An honest SDK sends a few. */
export const mostChatter = 500;

/** Reads a control message of a frame. Anything else is undefined: a frame may send what it likes. */
export function control(data: unknown): FromFrame | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { type, sdk, n } = data as Record<string, unknown>;
  if (type === 'hello') return { type, sdk: typeof sdk === 'string' ? sdk.slice(0, 32) : '' };
  if (type === 'pong' && typeof n === 'number') return { type, n };
  if (type === 'ready' || type === 'done') return { type };
  return undefined;
}
