// Lies told to the host over the window and over the port.
import { pause } from '../page.js';
import { survives } from './calls.js';

/** Says something to the host's window, with a port to answer on. */
const window_ = (message) => async (ctx) => {
  const heard = [];
  for (const w of [parent, top]) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (e) => heard.push(e.data);
    w.postMessage(message(), '*', [port2]);
  }
  await pause(50);
  return heard.length > 0 ? 'OPEN: the host answered' : survives(ctx);
};
const control = (make) => async (ctx) => {
  ctx.port.port.postMessage(make());
  await pause(20);
  return survives(ctx);
};

export const lies = [
  ['lie.hello', 'a forged greeting on the host’s window', window_(() => ({ type: 'hello', sdk: '0.1.0' }))],
  ['lie.offer', 'a forged offer of a port', window_(() => ({ alcove: 1, type: 'port' }))],
  ['lie.welcome', 'a forged welcome', window_(() => ({ type: 'welcome', context: { id: 'other' } }))],
  ['lie.reply', 'a forged reply', window_(() => new Uint8Array([0x80]).buffer)],
  [
    'lie.state',
    'a forged change of the vault’s state',
    window_(() => ({ alcove: 1, type: 'state', phase: 'unlocked' })),
  ],
  [
    'lie.replay',
    'a captured call on every other port it was ever given',
    async (ctx) => {
      const again = ctx.port.sent[0];
      const heard = [];
      for (const p of ctx.strays) {
        p.onmessage = (e) => heard.push(e.data);
        p.postMessage(again.slice().buffer);
      }
      await pause(150);
      return heard.length > 0 ? 'OPEN: answered' : survives(ctx);
    },
  ],
  [
    'lie.hello-again',
    'a second greeting on its port',
    control(() => ({ type: 'hello', sdk: '0.1.0', id: 'other' })),
  ],
  ['lie.unknown', 'a message of the host’s own kind', control(() => ({ type: 'open', id: 'other' }))],
  [
    'lie.cyclic',
    'a value that holds itself',
    control(() => {
      const a = { type: 'pong' };
      a.self = a;
      return a;
    }),
  ],
  [
    'lie.getter',
    'a value with getters',
    control(() => ({
      type: 'pong',
      get n() {
        return { valueOf: 1 };
      },
    })),
  ],
  [
    'lie.deep',
    'a value of depth 2,000',
    control(() => {
      let a = { type: 'pong' };
      for (let i = 0; i < 2000; i++) a = { type: 'pong', a };
      return a;
    }),
  ],
  [
    'lie.names',
    'a control message with __proto__',
    control(() =>
      JSON.parse('{"type":"pong","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    ),
  ],
  ['lie.string', 'a text of 1 MB', control(() => 'x'.repeat(1 << 20))],
  ['lie.typed', 'a typed array', control(() => new Float64Array(10))],
  [
    'lie.ports',
    'a thousand ports over its port',
    async (ctx) => {
      const ports = Array.from({ length: 1000 }, () => new MessageChannel().port2);
      ctx.port.port.postMessage({ type: 'pong' }, ports);
      await pause(50);
      return survives(ctx);
    },
  ],
  [
    'lie.flood',
    '10,000 control messages',
    async (ctx) => {
      for (let i = 0; i < 10_000; i++) ctx.port.port.postMessage({ type: 'pong', n: i });
      await pause(400);
      return survives(ctx);
    },
  ],
];
