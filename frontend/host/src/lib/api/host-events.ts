import * as v from 'valibot';
import { count, list } from './shapes';

export const HostEvent = v.object({ seq: count, type: v.string(), data: v.optional(v.unknown()) });
export type HostEvent = v.InferOutput<typeof HostEvent>;

/** Reads the items of an event that gathers; what makes no sense is left out. */
export function many<T extends v.GenericSchema>(item: T, data: unknown): v.InferOutput<T>[] {
  if (!Array.isArray(data)) return [];
  return data.flatMap((value: unknown) => {
    const read = v.safeParse(item, value);
    return read.success ? [read.output] : [];
  });
}

/** Items of the event kinds that gather. */
export const TicketItem = v.object({ ticket: v.string() });
export const FrameItem = v.object({ session: v.string(), name: v.string(), data: v.optional(v.unknown()) });

export const WakeItem = v.object({ extension: v.string() });
export const RestItem = v.object({ session: v.string() });

export const PollAnswer = v.object({
  cursor: v.number(),
  events: list(HostEvent),
  gap: v.optional(v.boolean(), false),
});
export type PollAnswer = v.InferOutput<typeof PollAnswer>;
