import * as v from 'valibot';
import { Moment, Segment, TableChange, count, flag, line, list, text } from './shapes';

/** What became of calls. Times are Unix milliseconds, 0 for never; took is in microseconds. */
const uses = {
  done: count,
  failed: count,
  refused: count,
  asked: count,
  took: count,
  in: count,
  out: count,
  last_used: count,
  last_refused: count,
  last_asked: count,
};
export const Uses = v.object(uses);
export type Uses = v.InferOutput<typeof Uses>;

const CellState = v.fallback(v.picklist(['allow', 'ask', 'deny', 'undeclared', 'forbidden']), 'deny');
export type CellState = v.InferOutput<typeof CellState>;

/** What one app may do with one capability, and did. */
export const Cell = v.object({
  capability: v.string(),
  state: CellState,
  allowed: count,
  ask: count,
  denied: count,
  names: count,
  decided_at: count,
  how: text,
  ...uses,
});
export type Cell = v.InferOutput<typeof Cell>;

export const Access = v.object({
  id: v.string(),
  title: v.string(),
  icon: text,
  hold: text,
  cells: list(Cell),
});
export type Access = v.InferOutput<typeof Access>;

const key = { resource: v.string(), action: v.string(), target: text };

export const Ended = v.object({
  extension: v.string(),
  title: text,
  key: v.object(key),
  why: v.fallback(v.picklist(['date', 'unused']), 'date'),
  sentence: text,
  at: count,
});
export type Ended = v.InferOutput<typeof Ended>;

export const TargetUses = v.object({ ...key, ...uses });
export type TargetUses = v.InferOutput<typeof TargetUses>;

/** One permission that an app asks for, or a narrower one that was decided within it. */
export const Rule = v.object({
  ...line,
  ...uses,
  declared: flag,
  forbidden: flag,
  decided: flag,
  how: text,
  decided_at: count,
  until: count,
  uses_left: count,
  keep: flag,
  ends_at: count,
  targets: list(TargetUses),
});
export type Rule = v.InferOutput<typeof Rule>;

export const Inspection = v.object({
  id: v.string(),
  title: v.string(),
  cell: Cell,
  leave: list(Segment),
  rules: list(Rule),
  others: list(TargetUses),
  today: Uses,
});
export type Inspection = v.InferOutput<typeof Inspection>;

export const ActivityLine = v.object({
  app: text,
  id: v.number(),
  at: v.number(),
  kind: v.string(),
  method: text,
  resource: text,
  action: text,
  target: text,
  verdict: text,
  code: text,
  took: count,
  in: count,
  out: count,
  detail: text,
});
export type ActivityLine = v.InferOutput<typeof ActivityLine>;

export const ActivityCount = v.object({
  app: text,
  row: v.number(),
  span: v.number(),
  at: v.number(),
  ...key,
  done: count,
  failed: count,
  refused: count,
  asked: count,
  in: count,
  out: count,
});
export type ActivityCount = v.InferOutput<typeof ActivityCount>;

export const Newest = v.object({ call: count, change: count });
export type Newest = v.InferOutput<typeof Newest>;

export const Activity = v.object({
  lines: list(ActivityLine),
  counted: list(ActivityCount),
  newest: Newest,
  more: flag,
});
export type Activity = v.InferOutput<typeof Activity>;

const span = { from: Moment, upto: Moment };

export const Undoing = v.object({ ...span, tables: list(TableChange), kept: count, lost: count });
export type Undoing = v.InferOutput<typeof Undoing>;

export const Undone = v.object({
  added: count,
  changed: count,
  removed: count,
  kept: count,
  lost: count,
  again: v.object(span),
});
export type Undone = v.InferOutput<typeof Undone>;

const Nothing = v.unknown();

/** The methods about permissions with the shapes of their answers. */
export const permissionAnswers = {
  'permissions.matrix': v.object({ apps: list(Access), forbidden: list(v.string()), ended: list(Ended) }),
  'permissions.cell': Inspection,
  'permissions.activity': Activity,
  'permissions.revoke': Nothing,
  'permissions.keep': Nothing,
  'permissions.again': Nothing,
  'permissions.dismiss_ended': Nothing,
  'permissions.undo_preview': Undoing,
  'permissions.undo': Undone,
  'policy.get': v.object({ forbid: list(v.string()) }),
  'policy.set': Nothing,
} as const;
