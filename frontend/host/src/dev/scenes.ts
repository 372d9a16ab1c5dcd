/** Made-up answers per scene, shaped like Go's. */
export interface World {
  answer(method: string, params: Record<string, unknown>): Promise<unknown>;
}

type Answers = Record<string, (params: Record<string, unknown>) => unknown>;

const words =
  'lantern orbit velvet canyon mosaic drift harbor nickel saffron tulip wagon zephyr amber cradle fossil river tunnel yonder copper dune lattice ivory signal moth'.split(
    ' ',
  );
const key = {
  key: 'ab'.repeat(32),
  words: ['amber', 'cradle', 'fossil', 'river', 'tunnel', 'yonder'],
  hex: '7f3a 91c2 04de b85b 11aa',
};
const line = (resource: string, action: string, target: string, sentence: string, more: object = {}) => ({
  resource,
  action,
  target,
  sentence,
  detail: '',
  reason: '',
  icon: 'globe',
  group: 'outside',
  fixed: false,
  optional: false,
  decision: 'ask',
  change: '',
  ...more,
});
const tables = line('db', 'own', '', 'Keep its own tables', {
  detail: 'subscriptions, episodes. No other app can read them unless you allow it to.',
  icon: 'database',
  group: 'stays',
  fixed: true,
  decision: 'allow',
});
const kv = line('kv', 'own', '', 'Remember its own settings and values', {
  detail: 'Up to 64 MB, in this vault. No other app can read them.',
  icon: 'key-round',
  group: 'stays',
  fixed: true,
  decision: 'allow',
});
const net = line('net', 'fetch', 'https://*', 'Reach any https host', {
  detail: 'Every address on the internet, and in your own network if it speaks https.',
  reason: 'To fetch the episodes of the podcasts you follow.',
});
const bell = line('notifications', 'show', '', 'Show notifications', {
  icon: 'bell',
  detail: 'Your system may keep them, and who sees your screen can read them.',
  reason: 'New episodes.',
});
const clip = line('clipboard', 'read', '', 'Read the clipboard', {
  icon: 'clipboard',
  group: 'sensitive',
  decision: 'deny',
  detail: 'Whatever you copied last, in any program.',
  reason: 'To offer a feed address you copied.',
});
const file = line('files', 'pick', 'file', 'Open a file you pick', {
  icon: 'file-text',
  group: 'sensitive',
  detail: 'Picking the file is the permission, for that file only.',
});
const threat = [
  { text: 'If Podcasts were malicious, it could send ', strong: false },
  { text: 'everything it knows', strong: true },
  { text: ' to ', strong: false },
  { text: 'any https host', strong: true },
  { text: ', once you say yes. It could not read any other app in this vault.', strong: false },
];
const installed = ['Notes', 'Passwords', 'Calendar', 'Tasks', 'Feed Reader', 'Draw'].map((title, i) => ({
  id: `${'c'.repeat(64)}.${title.toLowerCase().replace(' ', '-')}`,
  name: title.toLowerCase().replace(' ', '-'),
  title,
  version: `1.${i}.0`,
  description: `${title}, with everything you would expect of it.`,
  author: 'Plover Works',
  homepage: 'https://plover.works',
  icon: '',
  publisher: key,
  hold: i === 4 ? 'disabled' : i === 5 ? 'quarantined' : 'none',
  size: 214_000,
  files: 38,
  installed_at: 1_760_000_000_000,
  updated_at: 1_762_000_000_000,
  display: 'tab',
}));
const review = {
  id: 'r1',
  kind: 'install',
  extension: 'x.podcasts',
  name: 'podcasts',
  title: 'Podcasts',
  version: '1.0.2',
  previous_version: '',
  description: 'Listen to podcasts without an account.',
  author: 'Halfmoon Audio',
  homepage: 'https://halfmoon.example',
  icon: '',
  publisher: { ...key, seen: false, first_seen: 0, apps: null },
  warning: null,
  file: {
    name: 'podcasts-1.0.2.alcove',
    size: 214_000,
    files: 38,
    sha256: '9c41e07a'.repeat(8),
    release: '',
  },
  lines: [tables, kv, net, bell, clip, file],
  threat,
  refusal: null,
};
const update = {
  ...review,
  kind: 'update',
  version: '1.1.0',
  previous_version: '1.0.2',
  publisher: { ...key, seen: true, first_seen: 1_740_000_000_000, apps: ['Podcasts', 'Feed Reader'] },
  lines: [
    { ...net, change: 'added' },
    { ...bell, change: 'added' },
    { ...clip, change: 'removed', detail: 'Your choice is taken back with the update.' },
    { ...tables, change: 'same' },
    { ...kv, change: 'same' },
  ],
};
const state = (more: object) => ({
  cursor: 0,
  phase: 'unlocked',
  mode: 'browser',
  version: '0.1.0',
  platform: 'linux',
  vault: { id: 'v1', name: 'Home vault' },
  vaults: [
    { id: 'v1', name: 'Home vault', path: '/home/me/Home', current: true },
    { id: 'v2', name: 'Work', path: '/home/me/Work', current: false },
  ],
  wait_ms: 0,
  theme: 'system',
  idle_minutes: 10,
  open_tabs: null,
  active_tab: '',
  reviews: null,
  stopped: null,
  capabilities: { dialogs: false, native_keys: false },
  ...more,
});
const fail = (code: string, message: string, data: object = {}) =>
  Object.assign(new Error(message), { name: code, data });
const detail = {
  ...installed[0],
  lines: [tables, kv, net, { ...clip, decision: 'allow' }],
  threat,
  tables: [
    { name: 'notes', description: 'Your notes', rows: 41 },
    { name: 'folders', description: '', rows: 1 },
  ],
  kv_bytes: 2_300,
  package_bytes: 214_000,
};
const open = (i: number) => ({
  open_tabs: [installed[i]?.id, installed[1]?.id],
  active_tab: installed[i]?.id,
});

const common: Answers = {
  'app.state': () => state({}),
  'ext.list': () => ({ extensions: installed }),
  'ext.detail': () => detail,
  'ext.set_grant': () => ({ detail }),
  'ext.open': () => ({
    session: 's',
    src: '/src/dev/frame.html',
    context: { id: 'x', title: 'Notes', theme: 'light' },
    display: 'tab',
    title: 'Notes',
  }),
  'install.review': () => review,
  'install.preview': () => ({ threat: threat.slice(0, 2) }),
  'install.bundled': () => ({ review: 'r1' }),
  'vault.suggest': () => ({ passphrase: 'ember quarry lilac tundra pivot oboe' }),
  'vault.begin': () => ({
    id: 'p',
    words,
    key: 'AGE-SECRET-KEY-1',
    ask: [2, 8],
    text: words.join('\n'),
    file_name: 'recovery.txt',
  }),
};
const scenes: Record<string, Answers> = {
  home: {},
  empty: { 'ext.list': () => ({ extensions: null }) },
  setup: { 'app.state': () => state({ phase: 'onboarding', vault: null, vaults: null }) },
  locked: {
    'app.state': () => state({ phase: 'locked' }),
    'vault.unlock': () => fail('vault.wrong_passphrase', 'That passphrase is wrong.', { wait_ms: 4_000 }),
  },
  damaged: {
    'app.state': () => state({ phase: 'locked' }),
    'vault.unlock': () =>
      fail(
        'vault.damaged',
        'The file vault.db is damaged on 3 pages. Alcove changed nothing. Copy the folder away, then put a backup in its place.',
      ),
  },
  review: { 'app.state': () => state({ reviews: ['r1'] }) },
  update: { 'app.state': () => state({ reviews: ['r1'] }), 'install.review': () => update },
  taken: {
    'app.state': () => state({ reviews: ['r1'] }),
    'install.review': () => ({
      ...review,
      warning: {
        code: 'name_taken',
        title: 'Podcasts',
        words: words.slice(0, 6),
        hex: 'c21d 5b07 9ae4 3310 77aa',
      },
    }),
  },
  downgrade: {
    'app.state': () => state({ reviews: ['r1'] }),
    'install.review': () => ({
      ...review,
      kind: 'downgrade',
      previous_version: '2.0.0',
      refusal: {
        code: 'extension.downgrade',
        message: 'Podcasts 2.0.0 is installed, and an older version cannot replace it.',
      },
    }),
  },
  app: { 'app.state': () => state(open(0)) },
  crash: {
    'app.state': () =>
      state({ ...open(0), stopped: [{ id: installed[0]?.id, title: 'Notes', reason: 'hang' }] }),
  },
};

export function scene(name: string): World {
  const answers: Answers = { ...common, ...scenes[name] };
  return { answer: async (method, params) => answers[method]?.(params) ?? {} };
}
