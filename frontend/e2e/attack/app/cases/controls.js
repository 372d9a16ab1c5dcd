// What is allowed. These must work, or the detectors of what must not are broken.
import { calls, survives } from './calls.js';

const queried = calls.find(([id]) => id === 'call.host-table')?.[2];

export const controls = [
  [
    'control.call',
    'a call that is allowed is told from one that is not',
    async (ctx) => {
      const r = await ctx.port.call('kv.set', { key: 'control', value: 1 });
      return r.error ? `dead: ${r.error.code}` : 'OPEN: answered';
    },
  ],
  [
    'control.sql',
    'a statement that is allowed is told from one that is not',
    async (ctx) => {
      const port = { call: (method, params) => ctx.port.call(method, { ...params, sql: 'SELECT 1 AS one' }) };
      return queried({ ...ctx, port });
    },
  ],
  [
    'control.session',
    'a second greeting is told from the first',
    async (ctx) => survives({ ...ctx, port: { welcomes: ctx.port.welcomes + 1 } }),
  ],
];
