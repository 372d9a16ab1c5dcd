import * as v from 'valibot';
import { dataAnswers } from './data';
import { externalAnswers } from './external';
import { itemAnswers } from './items';
import { permissionAnswers } from './permissions';
import { pickAnswers } from './picks';
import { Decision, Segment, TableChange, count, line, list, text } from './shapes';

export { Decision, Segment, TableChange };

export const Choice = v.object({
  resource: v.string(),
  action: v.string(),
  target: v.string(),
  decision: Decision,
});
export type Choice = v.InferOutput<typeof Choice>;

export const Line = v.object(line);
export type Line = v.InferOutput<typeof Line>;

const Vault = v.object({
  id: v.string(),
  name: v.string(),
  path: text,
  current: v.optional(v.boolean(), false),
});

export const Theme = v.picklist(['system', 'light', 'dark']);
export type Theme = v.InferOutput<typeof Theme>;

const nothingLocks = { sleep: false, screen: false, minimise: false };
const Locks = v.fallback(
  v.object({ sleep: v.boolean(), screen: v.boolean(), minimise: v.boolean() }),
  nothingLocks,
);
export type Locks = v.InferOutput<typeof Locks>;

const Stopped = v.object({ id: v.string(), title: text, reason: text });

export const AppState = v.object({
  phase: v.picklist(['onboarding', 'locked', 'unlocked']),
  mode: v.picklist(['window', 'browser']),
  version: text,
  platform: text,
  vault: v.nullish(v.object({ id: v.string(), name: v.string(), folder: text })),
  vaults: list(Vault),
  wait_ms: count,
  theme: v.fallback(Theme, 'system'),
  idle_minutes: v.optional(v.number(), 10),
  auto_lock: v.optional(Locks, nothingLocks),
  /** Which of these this machine tells of; the others cannot be had. */
  auto_lock_heard: v.optional(Locks, nothingLocks),
  open_tabs: list(v.string()),
  active_tab: v.nullish(v.string()),
  reviews: list(v.string()),
  stopped: list(Stopped),
  cursor: v.nullish(v.number()),
  capabilities: v.optional(
    v.object({ dialogs: v.optional(v.boolean(), false), native_keys: v.optional(v.boolean(), false) }),
    { dialogs: false, native_keys: false },
  ),
});
export type AppState = v.InferOutput<typeof AppState>;

const Publisher = v.object({
  key: text,
  words: list(v.string()),
  hex: text,
  seen: v.optional(v.boolean(), false),
  first_seen: v.nullish(v.number()),
  apps: list(v.string()),
});

export const Review = v.object({
  id: v.string(),
  kind: v.picklist(['install', 'update', 'reinstall', 'downgrade']),
  extension: v.string(),
  name: v.string(),
  title: v.string(),
  version: v.string(),
  previous_version: text,
  /** The version that wrote data which an earlier removal left. */
  kept_version: text,
  description: text,
  author: text,
  homepage: text,
  icon: text,
  publisher: Publisher,
  warning: v.nullish(v.object({ code: v.string(), title: text, words: list(v.string()), hex: text })),
  file: v.object({ name: text, size: count, files: count, sha256: text, release: text }),
  dialect: text,
  older_signature: v.optional(v.boolean(), false),
  lines: list(Line),
  threat: list(Segment),
  refusal: v.nullish(v.object({ code: v.string(), message: v.string() })),
});
export type Review = v.InferOutput<typeof Review>;

const installed = {
  id: v.string(),
  name: v.string(),
  title: v.string(),
  version: v.string(),
  description: text,
  author: text,
  homepage: text,
  icon: text,
  publisher: v.object({ key: text, words: list(v.string()), hex: text }),
  hold: v.fallback(v.picklist(['none', 'disabled', 'quarantined']), 'none'),
  size: count,
  files: count,
  installed_at: count,
  updated_at: count,
  display: text,
  dialect: text,
};
export const Installed = v.object(installed);
export type Installed = v.InferOutput<typeof Installed>;

/** An app that was removed, and whose data is still there. */
const Kept = v.object({
  id: v.string(),
  name: v.string(),
  version: text,
  publisher: v.object({ key: text, words: list(v.string()), hex: text }),
});
export type Kept = v.InferOutput<typeof Kept>;

export const Limit = v.object({
  name: v.string(),
  value: v.number(),
  default: v.number(),
  min: v.number(),
  max: v.number(),
});
export type Limit = v.InferOutput<typeof Limit>;

export const Meter = v.object({ name: v.string(), used: v.number(), limit: v.number() });
export type Meter = v.InferOutput<typeof Meter>;

export const Detail = v.object({
  ...installed,
  lines: list(Line),
  threat: list(Segment),
  tables: list(v.object({ name: v.string(), description: text, rows: count })),
  kv_bytes: count,
  package_bytes: count,
  table_bytes: count,
  limits: list(Limit),
});
export type Detail = v.InferOutput<typeof Detail>;

/** What a frame is told about its place; Go fills it, the page adds nothing. */
export const FrameContext = v.looseObject({
  id: text,
  name: text,
  title: text,
  version: text,
  prefix: text,
  theme: text,
  locale: text,
  platform: text,
  reducedMotion: v.optional(v.boolean(), false),
});
export type FrameContext = v.InferOutput<typeof FrameContext>;

export const Kit = v.object({
  id: v.string(),
  words: v.array(v.string()),
  key: text,
  ask: v.tuple([v.number(), v.number()]),
  text: text,
  file_name: text,
});
export type Kit = v.InferOutput<typeof Kit>;

export const Prompt = v.object({
  id: v.number(),
  extension: v.string(),
  title: v.string(),
  resource: v.string(),
  sentence: list(Segment),
  icon: text,
  facts: list(v.object({ label: v.string(), text: v.string(), code: v.optional(v.boolean(), false) })),
  reason: text,
  waiting: count,
  same: count,
  named: list(v.string()),
  unnamed: v.optional(v.boolean(), false),
  keeps: v.optional(v.boolean(), false),
  askedBefore: count,
  offerNever: v.optional(v.boolean(), false),
  offerClose: v.optional(v.boolean(), false),
  confirm: v.optional(v.boolean(), false),
});
export type Prompt = v.InferOutput<typeof Prompt>;

const Nothing = v.unknown();
const ReviewRef = v.nullish(v.object({ review: v.string() }));
const DetailAnswer = v.object({ detail: Detail });

/** Every method of the host API with the shape of its answer. */
export const answers = {
  'app.state': AppState,
  'vault.suggest': v.object({ passphrase: v.string() }),
  'vault.begin': Kit,
  'vault.save_kit': v.object({ path: v.nullish(v.string()) }),
  'vault.finish': Nothing,
  'vault.discard': Nothing,
  'vault.check_kit': Nothing,
  'vault.unlock': Nothing,
  'vault.lock': Nothing,
  'vault.change_passphrase': Nothing,
  'vault.select': Nothing,
  'vault.add': v.nullish(v.object({ id: v.string() })),
  'app.copy': Nothing,
  'settings.set': Nothing,
  'tabs.set': Nothing,
  'install.pick': ReviewRef,
  'install.bundled': ReviewRef,
  'install.review': Review,
  'install.preview': v.object({ threat: list(Segment) }),
  'install.accept': v.object({ extension: v.string() }),
  'install.cancel': Nothing,
  'ext.list': v.object({ extensions: list(Installed) }),
  'ext.kept': v.object({ kept: list(Kept) }),
  'ext.detail': Detail,
  'ext.set_grant': DetailAnswer,
  'ext.set_limit': DetailAnswer,
  'ext.disable': Nothing,
  'ext.enable': Nothing,
  'ext.remove': Nothing,
  'ext.open': v.object({
    session: v.string(),
    frame: text,
    src: v.string(),
    context: FrameContext,
    dialect: text,
    display: text,
    title: text,
  }),
  'ext.close': Nothing,
  'ext.meters': v.object({ meters: list(Meter) }),
  'ext.hide': v.object({ kept: v.boolean() }),
  'ext.show': Nothing,
  'prompt.current': v.object({ prompt: v.nullish(Prompt) }),
  'prompt.shown': Nothing,
  'prompt.answer': Nothing,
  'prompt.dismiss': Nothing,
  'ext.failed': v.object({ missing: list(v.string()) }),
  activity: Nothing,
  ...dataAnswers,
  ...externalAnswers,
  ...itemAnswers,
  ...permissionAnswers,
  ...pickAnswers,
} as const;
export type Method = keyof typeof answers;
export type Answer<M extends Method> = v.InferOutput<(typeof answers)[M]>;
