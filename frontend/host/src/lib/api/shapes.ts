import * as v from 'valibot';

// Pieces of the shapes of what Go sends. Go leaves an empty list out as null.
export const list = <T extends v.GenericSchema>(item: T) =>
  v.optional(
    v.pipe(
      v.nullable(v.array(item)),
      v.transform((items) => items ?? []),
    ),
    [],
  );
export const text = v.optional(v.string(), '');
export const count = v.optional(v.number(), 0);
export const flag = v.optional(v.boolean(), false);

/** A moment of the data engine: a decimal number too long for a number here. */
export const Moment = v.pipe(v.string(), v.digits());

export const TableChange = v.object({ name: v.string(), added: count, changed: count, removed: count });
export type TableChange = v.InferOutput<typeof TableChange>;

export const Decision = v.picklist(['allow', 'ask', 'deny']);
export type Decision = v.InferOutput<typeof Decision>;

export const Segment = v.object({ text: v.string(), strong: v.optional(v.boolean(), false) });
export type Segment = v.InferOutput<typeof Segment>;

/** One permission as a person reads it. */
export const line = {
  resource: v.string(),
  action: v.string(),
  target: text,
  sentence: v.string(),
  detail: text,
  reason: text,
  icon: text,
  group: v.picklist(['stays', 'outside', 'sensitive']),
  fixed: flag,
  /** Alcove cannot give it: there is nothing to choose. */
  unavailable: flag,
  optional: flag,
  decision: v.fallback(Decision, 'deny'),
  change: v.fallback(v.picklist(['', 'added', 'removed', 'changed', 'same']), ''),
};
