// Runs the cases and reports. See README.md.
import { cases } from './cases/index.js';
import { controls } from './cases/controls.js';
import { pause } from './page.js';
import { connected, strays } from './port.js';

const $ = (id) => document.getElementById(id);
// The state is also told to the window above, where a test can listen. Looking
// into this frame with a debugger would count as a click in it.
const state = (text, colour) => {
  $('state').textContent = text;
  if (colour) document.documentElement.style.setProperty('--edge', colour);
  const id = document.documentElement.dataset.case ?? '';
  parent.postMessage({ hostile: text, id, json: $('json').textContent }, '*');
};
const press = (id, work) => $(id).addEventListener('click', work);

const config = await (await fetch('config.json')).json();

/** Where the test's sinks are for one case, so that they can tell which it was. */
function at(id) {
  const host = config.addresses?.[id] ?? config.http;
  const udp = config.addresses?.[id] ? `${config.addresses[id]}:3478` : config.udp;
  const name = `${id.replaceAll('.', '-')}.${config.zone}`;
  return { http: `http://${host}/${id}`, ws: `ws://${host}/${id}`, stun: udp, name };
}

// What the test says over the window, which only the host's page can reach.
const told = {};
let hear;
let seen = () => undefined;
const beingTold = new Promise((resolve) => (hear = resolve));
addEventListener('message', (e) => {
  if (e.source !== parent || e.data?.attack === undefined) return;
  if (e.data.attack === 'looked') seen();
  else hear(Object.assign(told, e.data.attack));
});
const looked = () => new Promise((resolve) => (seen = resolve));

press('hang', () => {
  state('hanging', '#c60');
  setTimeout(() => {
    for (;;);
  }, 50);
});
press('leave', () => (location.href = at('leave').http));
press('quit', () => window.webkit?.messageHandlers?.external?.postMessage('Q'));
press('bomb', () => {
  state('filling memory', '#c60');
  const kept = [];
  // In steps, so that it is the memory that ends it and not the silence. No more
  // than the machine surely has, should nobody end it.
  const timer = setInterval(() => {
    kept.push(new Uint8Array(32 << 20).fill(1 + (kept.length % 200)));
    if (kept.length * 32 >= (config.megabytes ?? 3500)) clearInterval(timer);
  }, 20);
});

const port = await connected;
const ctx = { at, told, config, port, strays, looked, state };
let results = [];
let careful = false;

/** Keeps how far it came: the host may end the session in the middle of a case. */
async function keep(running) {
  const value = { results: JSON.stringify(results), running };
  for (let i = 0; i < 100; i++) {
    const r = await port.call('kv.set', { key: 'results', value });
    if (!r.error) return;
    await pause(100);
  }
}

press('flood', () => {
  state('flooding', '#c60');
  const more = () => {
    for (let i = 0; i < 2000; i++) void port.call('kv.set', { key: 'flood', value: 'x'.repeat(1000) });
    setTimeout(more);
  };
  more();
});
press('heavy', () => {
  state('sending 64 MB', '#c60');
  const big = new Uint8Array(64 << 20).buffer;
  port.port.postMessage(big, [big]);
});
// To its own files, the only address it may name, in each way that there is.
press('body', async () => {
  const form = new FormData();
  form.append('a', new File(['x'], 'x.txt'));
  const asked = [new Blob(['x']), form].flatMap((body) => [
    fetch('config.json', { method: 'POST', body, mode: 'no-cors' }),
    new Promise((resolve) => {
      const x = new XMLHttpRequest();
      x.onloadend = resolve;
      x.open('POST', 'config.json');
      x.send(body);
    }),
  ]);
  await Promise.allSettled(asked);
  state('sent');
});
// Says how many writes the vault has acknowledged, and goes on.
press('write', async () => {
  for (let n = 1; ; n++) {
    const r = await port.call('kv.set', { key: 'count', value: n });
    if (!r.error) state(`wrote ${n}`, '#06c');
  }
});

// What is not answered by then is not answered; a busy machine is given time.
const limit = 5000;

// Writing takes longer than most cases. Those that nothing is known to end the
// session in are noted in lots; once one did after all, one by one.
const lot = 20;
const risky = /^(leave|lie)\.|^call\..*(flood|megabytes)/;

async function attempt([id, , run]) {
  if (careful || risky.test(id)) await keep(id);
  else if (results.length % lot === 0) await keep('');
  document.documentElement.dataset.case = id;
  state('running');
  const active = navigator.userActivation?.isActive ?? false;
  const from = performance.now();
  let outcome;
  try {
    outcome =
      (await Promise.race([
        run({ ...ctx, id }),
        pause(/^(draw|click)/.test(id) ? 45_000 : limit).then(() => 'dead: no answer'),
      ])) ?? 'tried';
  } catch (e) {
    outcome = `dead: ${e?.name ?? 'error'} ${String(e?.message ?? e).slice(0, 80)}`;
  }
  note(id, outcome, Math.round(performance.now() - from), active);
}

// Whether a person was thought to have just clicked is noted too: a test that
// clicks, or looks too closely, gives a page more than it has by itself.
function note(id, outcome, ms, active = false) {
  results.push({ id, outcome, ms, active });
  $('results').textContent = results.map((r) => `${r.id} ${r.outcome}`).join('\n');
}

const count = (await port.call('kv.get', { key: 'count' })).ok?.value;
$('count').textContent = count ?? 0;
if (config.atStart) $(config.atStart).click();

const before = (await port.call('kv.get', { key: 'results' })).ok?.value;
if (before) {
  results = JSON.parse(before.results);
  if (before.running) note(before.running, 'dead: the session was ended', 0);
  else careful = config.attack !== false && results.length < cases.length;
}
state('waiting');
if (config.wait) await Promise.race([beingTold, pause(config.wait)]);
state('running', '#06c');
const done = new Set(results.map((r) => r.id));
const only = new URLSearchParams(location.search).get('only')?.split(',') ?? config.only;
const chosen = [...(only ? [] : controls), ...cases].filter(
  ([id]) => !done.has(id) && (only ? only.includes(id) : !config.skip?.includes(id)),
);
if (config.attack !== false) for (const one of chosen) await attempt(one);
await keep('');
$('json').textContent = JSON.stringify(results);
state('done', '#0a0');
