import * as v from 'valibot';
import { count, flag, list, text } from './shapes';

/** What an app asks the person to pick. */
export const Picker = v.object({
  id: v.number(),
  extension: v.string(),
  title: v.string(),
  stage: v.picklist(['choose', 'remember']),
  kind: v.picklist(['file', 'folder', 'save']),
  multiple: flag,
  writable: flag,
  name: text,
  extensions: list(v.string()),
  remember: flag,
  names: list(v.string()),
  reason: text,
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
