// Calls that a permission, the bridge or the vault must refuse.
import { decode, encode } from '../msgpack.js';
import { pause } from '../page.js';

const outcome = (reply) =>
  reply.error ? `dead: ${reply.error.code}` : `OPEN: ${JSON.stringify(reply.ok ?? null).slice(0, 60)}`;

/** One call; `code` is what the refusal must be called, where it matters. */
const call = (method, params, code) => async (ctx) => {
  const reply = await ctx.port.call(method, typeof params === 'function' ? params(ctx) : params);
  if (code && reply.error && reply.error.code !== code) return `OPEN: ${reply.error.code} and not ${code}`;
  return outcome(reply);
};
const undeclared = (method, params) => call(method, params, 'permission.undeclared');
const bytes = (make) => async (ctx) => {
  const data = make();
  return outcome(await ctx.port.raw(data, Number(decode(data).id)));
};

/** Whether the session is as well as before. */
export const survives = async (ctx) => {
  if (ctx.port.welcomes > 1) return 'OPEN: greeted again';
  const r = await ctx.port.call('kv.list', { prefix: '', after: '', limit: 1 });
  return r.error ? `dead: the call failed with ${r.error.code}` : 'dead: still answered';
};

const list = {
  'call.files': [
    'reading a file without a declared permission',
    undeclared('files.read', { path: '{documents}/a.md' }),
  ],
  'call.net': [
    'fetching without a declared permission',
    undeclared('net.fetch', (ctx) => ({ url: ctx.at('call.net').http })),
  ],
  'call.web-socket': [
    'a socket without a declared permission',
    undeclared('net.websocket', (ctx) => ({ url: ctx.at('call.web-socket').ws })),
  ],
  'call.shell': [
    'running a program without a declared permission',
    undeclared('shell.run', { program: 'id', args: [] }),
  ],
  'call.write-file': [
    'writing a file without a declared permission',
    undeclared('files.write', { path: '{documents}/a.md', data: new Uint8Array([1]) }),
  ],
  'call.pick': ['a file dialog without a declared permission', undeclared('files.pick', { kind: 'file' })],
  'call.terminal': [
    'a terminal without a declared permission',
    undeclared('shell.terminal', { program: 'sh', args: [], columns: 80, rows: 24 }),
  ],
  'call.handles': [
    'reading what other apps have open, by number',
    async (ctx) => {
      for (let handle = 1; handle <= 64; handle++) {
        const reply = await ctx.port.call('handle.read', { handle, max: 10 });
        if (!reply.error) return `OPEN: handle ${handle}`;
      }
      return 'dead: handle.unknown';
    },
  ],
  'call.secrets': ['a secret without a declared permission', undeclared('secrets.get', { name: 'x' })],
  'call.clipboard-read': ['the clipboard without a declared permission', undeclared('clipboard.read', {})],
  'call.clipboard-write': [
    'filling the clipboard without a declared permission',
    undeclared('clipboard.write', { text: 'x' }),
  ],
  'call.notifications': [
    'a notification without a declared permission',
    undeclared('notifications.show', { title: 'x', body: 'x' }),
  ],
  'call.peers': [
    'calling another app without a declared permission',
    undeclared('peers.call', { target: `${'0'.repeat(64)}.notes/x`, params: {} }),
  ],
  'call.unknown': ['a method that is the host page’s', call('vault.unlock', { passphrase: 'x' })],
  'call.host-method': ['another method that is the host page’s', call('app.state', {})],
  'call.method-name': ['a method called __proto__', call('__proto__', { constructor: 1 })],
  'call.host-table': [
    'Alcove’s own tables',
    call('db.query', { sql: 'SELECT * FROM alcove_extension', params: [] }),
  ],
  'call.grant-table': [
    'granting itself a permission',
    call('db.execute', { sql: 'INSERT INTO alcove_grant DEFAULT VALUES', params: [] }),
  ],
  'call.schema': [
    'the schema of the whole vault',
    call('db.query', { sql: 'SELECT * FROM sqlite_schema', params: [] }),
  ],
  'call.foreign-table': [
    'making a table under another app’s name',
    call('db.execute', { sql: `CREATE TABLE "${'0'.repeat(64)}__notes__notes" (x)`, params: [] }),
  ],
  'call.neighbour-table': [
    'another app’s table',
    call('db.query', (ctx) => ({
      sql: `SELECT * FROM "${ctx.config.neighbour ?? `${'0'.repeat(64)}__neighbour`}__things"`,
      params: [],
    })),
  ],
  'call.attach': [
    'writing a file with ATTACH',
    call('db.execute', { sql: "ATTACH DATABASE '/tmp/hostile.db' AS x", params: [] }),
  ],
  'call.vacuum': [
    'writing a file with VACUUM INTO',
    call('db.execute', { sql: "VACUUM INTO '/tmp/hostile.db'", params: [] }),
  ],
  'call.pragma': ['a PRAGMA', call('db.execute', { sql: 'PRAGMA writable_schema=1', params: [] })],
  'call.extension': [
    'loading native code',
    call('db.query', { sql: "SELECT load_extension('/tmp/x.so')", params: [] }),
  ],
  'call.several': [
    'a second statement behind the first',
    call('db.execute', { sql: 'SELECT 1; DROP TABLE alcove_grant', params: [] }),
  ],
  'call.endless': [
    'a query without end',
    call('db.query', {
      sql: 'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c',
      params: [],
    }),
  ],
  'call.slow': [
    'a query that computes without end',
    async (ctx) => {
      const sql =
        'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT count(*) FROM c LIMIT 100000000000';
      const reply = call('db.query', { sql, params: [] })(ctx);
      // It is ended after ten seconds. Meanwhile other calls are answered.
      return Promise.race([reply, pause(500).then(() => survives(ctx))]);
    },
  ],
  'call.wrong-type': ['arguments of another type', call('kv.set', { key: 5, value: 1 })],
  'call.extra': [
    'arguments that name another app or session',
    call('kv.get', { key: 'x', session: 'other', extension: 'other' }),
  ],
  'call.long-key': ['a key of 10,000 letters', call('kv.set', { key: 'k'.repeat(10_000), value: 1 })],
  'call.big-value': ['a value of 3 MB', call('kv.set', { key: 'big', value: 'x'.repeat(3 << 20) })],
  'call.no-version': [
    'a call without a version',
    bytes(() => encode({ id: 900002, method: 'kv.list', params: {} })),
  ],
  'call.version': [
    'a call of another version',
    bytes(() => encode({ v: 9, id: 900003, method: 'kv.list', params: {} })),
  ],
  'call.pollution': [
    'arguments named __proto__ and constructor',
    async (ctx) => {
      const value = new Map([
        ['__proto__', new Map([['polluted', 1]])],
        ['constructor', new Map([['prototype', new Map([['polluted', 1]])]])],
      ]);
      const params = new Map([
        ['key', '__proto__'],
        ['value', value],
      ]);
      const envelope = new Map([
        ['v', 1],
        ['id', 900001],
        ['method', 'kv.set'],
        ['params', params],
      ]);
      const r = await ctx.port.raw(encode(envelope), 900001);
      const back = await ctx.port.call('kv.get', { key: '__proto__' });
      return {}.polluted || (back.error && r.ok) ? 'OPEN: polluted' : 'dead: only a name';
    },
  ],
  'call.garbage': [
    'bytes that are no message',
    async (ctx) => {
      const lists = [
        [],
        [0xc1],
        [0xdf, 255, 255, 255, 255],
        [0xdd, 255, 255, 255, 255],
        [0xc6, 255, 255, 255, 255],
        Array(5000).fill(0x91),
      ];
      for (const b of lists) {
        const copy = new Uint8Array(b).buffer;
        ctx.port.port.postMessage(copy, [copy]);
      }
      await pause(100);
      return survives(ctx);
    },
  ],
  'call.same-id': [
    'a hundred calls with one number',
    async (ctx) => {
      const data = encode({
        v: 1,
        id: 900004,
        method: 'kv.list',
        params: { prefix: '', after: '', limit: 1 },
      });
      for (let i = 0; i < 100; i++) {
        const copy = data.slice().buffer;
        ctx.port.port.postMessage(copy, [copy]);
      }
      await pause(100);
      return survives(ctx);
    },
  ],
};

const flood = [
  [
    'call.flood',
    '10,000 calls at once',
    async (ctx) => {
      const replies = [];
      for (let i = 0; i < 10_000; i++) replies.push(ctx.port.call('kv.get', { key: 'x' }));
      const all = Promise.all(replies.map((r) => r.then((v) => v.error?.code ?? 'ok')));
      const first = await Promise.race([all, pause(1500)]);
      return `dead: ${[...new Set(first ?? ['unfinished'])].sort().join(' ')}`;
    },
  ],
  [
    'call.after-flood',
    'calls after the flood',
    async (ctx) => {
      for (let i = 0; i < 30; i++) {
        await pause(100);
        const r = await ctx.port.call('kv.list', { prefix: '', after: '', limit: 1 });
        if (!r.error) return 'dead: still answered';
      }
      return 'OPEN: the bridge stays shut';
    },
  ],
  [
    'call.64-megabytes',
    'a message of 64 MB',
    async (ctx) => {
      const big = new Uint8Array(64 << 20).buffer;
      ctx.port.port.postMessage(big, [big]);
      await pause(500);
      return survives(ctx);
    },
  ],
];

export const calls = [...Object.entries(list).map(([id, [what, run]]) => [id, what, run]), ...flood];
