import * as v from 'valibot';
import { count, flag, list, text } from './shapes';

/** What was decided about one program and one app. Key and origin name the program; at is Unix milliseconds. */
export const Program = v.object({
  key: v.string(),
  origin: text,
  name: text,
  mark: text,
  app: v.string(),
  title: text,
  allowed: flag,
  always: flag,
  at: count,
});
export type Program = v.InferOutput<typeof Program>;

/** Whether other programs may ask apps, and what was decided about which. */
export const Programs = v.object({ on: flag, port: v.number(), problem: text, clients: list(Program) });
export type Programs = v.InferOutput<typeof Programs>;

const Nothing = v.unknown();

export const externalAnswers = {
  'external.get': Programs,
  'external.set': Nothing,
  'external.forget': Nothing,
} as const;
