import * as v from 'valibot';
import { count, flag, list, text } from './shapes';

const Offered = v.object({ id: v.string(), label: v.string(), detail: text });
/** One thing that another app offers. */
export type Offered = v.InferOutput<typeof Offered>;

/** What an app asks the person to pick. */
export const Picker = v.object({
  id: v.number(),
  extension: v.string(),
  title: v.string(),
  stage: v.picklist(['choose', 'item', 'remember']),
  /** Empty of the stage item. */
  kind: v.picklist(['file', 'folder', 'save', '']),
  multiple: flag,
  writable: flag,
  name: text,
  extensions: list(v.string()),
  remember: flag,
  names: list(v.string()),
  reason: text,
  /** Of the stage item: the app that offers them, what its method does in that app's words, and what there is. */
  of: text,
  what: text,
  items: list(Offered),
});
export type Picker = v.InferOutput<typeof Picker>;

const Item = v.object({
  name: v.string(),
  path: v.string(),
  folder: flag,
  hidden: flag,
  size: count,
  modified: count,
});
export type Item = v.InferOutput<typeof Item>;

/** A folder of this computer. Wide is one that holds too much to be picked. */
export const Shelf = v.object({
  path: v.string(),
  parent: text,
  entries: list(Item),
  more: flag,
  wide: flag,
  home: text,
  known: list(Item),
});
export type Shelf = v.InferOutput<typeof Shelf>;

const Nothing = v.unknown();

export const pickAnswers = {
  'pick.current': v.object({ picker: v.nullish(Picker) }),
  'pick.shown': Nothing,
  'pick.browse': Shelf,
  'pick.answer': Nothing,
  'pick.dismiss': Nothing,
} as const;
