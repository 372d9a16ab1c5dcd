import * as v from 'valibot';
import { Moment, TableChange, count, list, text } from './shapes';

const Change = v.object({
  moment: Moment,
  at: count,
  before: text,
  put_back_to: count,
  tables: list(TableChange),
});
export type Change = v.InferOutput<typeof Change>;

export const History = v.object({
  on: v.boolean(),
  days: v.number(),
  share: v.number(),
  usual_days: v.number(),
  usual_share: v.number(),
  oldest: count,
  bytes: count,
  moments: list(Change),
  more: v.optional(v.boolean(), false),
});
export type History = v.InferOutput<typeof History>;

export const Difference = v.object({
  moment: Moment,
  at: count,
  tables: list(TableChange),
  lost: count,
  gone: count,
});
export type Difference = v.InferOutput<typeof Difference>;

export const PutBack = v.object({
  at: count,
  added: count,
  changed: count,
  removed: count,
  lost: count,
  gone: count,
  undo: Moment,
});
export type PutBack = v.InferOutput<typeof PutBack>;

/** How many rows of a table cannot be as they were, and why. */
export const InTheWay = v.object({
  table: v.string(),
  why: v.picklist(['unique', 'foreign', 'constraint']),
  rows: v.number(),
});
export type InTheWay = v.InferOutput<typeof InTheWay>;

const Cell = v.object({
  column: v.string(),
  key: v.optional(v.boolean(), false),
  type: v.picklist(['null', 'number', 'text', 'blob']),
  text: text,
  cut: v.optional(v.boolean(), false),
  size: count,
});
export type Cell = v.InferOutput<typeof Cell>;

const Conflict = v.object({
  id: v.number(),
  at: count,
  kind: v.picklist(['lost', 'fork', 'unique', 'key', 'foreign', 'refused']),
  table: text,
  row: list(Cell),
  hidden: v.optional(v.boolean(), false),
  seen: list(Cell),
  gone: list(Cell),
  restorable: v.optional(v.boolean(), false),
});
export type Conflict = v.InferOutput<typeof Conflict>;

export const Conflicts = v.object({
  total: count,
  list: list(Conflict),
  more: v.optional(v.boolean(), false),
});
export type Conflicts = v.InferOutput<typeof Conflicts>;

const Nothing = v.unknown();

/** Methods about an app's data and its history, with the shapes of their answers. */
export const dataAnswers = {
  'data.export': v.nullish(v.object({ path: v.string(), left: list(v.string()) })),
  'data.history': History,
  'data.set_history': Nothing,
  'data.difference': Difference,
  'data.put_back': PutBack,
  'data.conflicts': Conflicts,
  'data.restore_conflict': Nothing,
  'data.dismiss_conflict': Nothing,
} as const;
