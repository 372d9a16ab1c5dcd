// The host's own addresses, with and without guesses, and files of others.
import { add, inWorker, pause } from '../page.js';

const guesses = ['', 'undefined', 'null', 'A'.repeat(43), '*'];
const origin = () => location.href.split('/_ext/')[0];
const own = () => location.pathname.replace(/[^/]*$/, '');
const body = () => new Uint8Array([0x80]);

const judge = async (r) => {
  if (r.type === 'opaque') return 'tried';
  return r.ok ? `OPEN: ${r.status} ${(await r.text()).slice(0, 40)}` : `dead: ${r.status}`;
};

/** Asks for every address in turn; one that is open decides. */
const each = (ask) => async (ctx) => {
  const outcomes = new Set();
  for (const route of ctx.config.routes) {
    const outcome = await ask(`${origin()}${route}`, ctx).catch((e) => `dead: ${e.name}`);
    if (outcome.startsWith('OPEN')) return `${outcome} at ${route}`;
    outcomes.add(outcome);
  }
  return [...outcomes].join(' ') || 'OPEN: no addresses';
};

const post = (options) =>
  each(async (address) => judge(await fetch(address, { method: 'POST', body: body(), ...options() })));
const get = (path) => async (ctx) => judge(await fetch(`${origin()}${path(ctx)}`));

const xhr = each(
  (address) =>
    new Promise((resolve, reject) => {
      const x = new XMLHttpRequest();
      x.open('POST', address);
      x.setRequestHeader('X-Alcove-Token', guesses[3]);
      x.onload = () => resolve(x.status < 400 ? `OPEN: ${x.status}` : `dead: ${x.status}`);
      x.onerror = () => reject(new Error('refused'));
      x.send(body());
    }),
);

/** The page of the other open app, whose address the test told: a guess that was right. */
const neighbour = (ctx, file) => {
  if (!ctx.told.neighbour) throw new Error('not told');
  return ctx.told.neighbour + file;
};

/** Whether a page with a script arrived in a nested frame. */
async function loadedIn(f) {
  for (let i = 0; i < 8; i++) {
    await pause(50);
    try {
      if (f.contentDocument?.scripts.length > 0) return 'OPEN: loaded';
    } catch {
      return 'dead: not readable';
    }
  }
  return 'dead: empty';
}

const loads = (make) => (ctx) =>
  new Promise((resolve, reject) => {
    const element = make(ctx);
    element.onload = () => resolve('OPEN: loaded');
    element.onerror = () => reject(new Error('refused'));
    setTimeout(() => resolve('dead: silent'), 600);
  });

export const host = [
  ['host.fetch', 'a request to every host address without a token', post(() => ({}))],
  [
    'host.guess',
    'a request to every host address with guessed tokens',
    each(async (address) => {
      const outcomes = [];
      for (const token of guesses) {
        const options = { method: 'POST', headers: { 'X-Alcove-Token': token }, body: body() };
        const outcome = await fetch(address, options).then(judge, (e) => `dead: ${e.name}`);
        if (outcome.startsWith('OPEN')) return outcome;
        outcomes.push(outcome);
      }
      return outcomes[0];
    }),
  ],
  ['host.no-cors', 'a no-cors POST to every host address', post(() => ({ mode: 'no-cors' }))],
  [
    'host.keepalive',
    'a POST to every host address that outlives the page',
    post(() => ({ keepalive: true, mode: 'no-cors' })),
  ],
  ['host.xhr', 'an XMLHttpRequest to every host address', xhr],
  [
    'host.methods',
    'GET, PUT, DELETE and OPTIONS at every host address',
    each(async (address) => {
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
        const outcome = await fetch(address, { method }).then(judge, (e) => `dead: ${e.name}`);
        if (outcome.startsWith('OPEN')) return outcome;
      }
      return 'dead: refused';
    }),
  ],
  [
    'host.worker',
    'a request to a host address from a worker',
    inWorker(
      () =>
        `fetch(${JSON.stringify(`${origin()}/_host/api/app.state`)},{method:'POST'}).then(r=>postMessage(r.ok?'OPEN: '+r.status:'dead: '+r.status),e=>postMessage('dead: '+e.name))`,
    ),
  ],
  ['host.page', 'the host page’s HTML', get(() => '/')],
  ['host.index', 'the host page under its file name', get(() => '/index.html')],
  [
    'host.frame',
    'the host page in a nested frame',
    async () => {
      const f = add('<iframe></iframe>');
      f.src = '/';
      return loadedIn(f);
    },
  ],
  [
    'host.runtime',
    'the toolkit’s scripts',
    async (ctx) => {
      const outcomes = [];
      for (const file of ['/wails/runtime.js', '/wails/ipc.js']) {
        outcomes.push(await get(() => file)(ctx).catch((e) => `dead: ${e.name}`));
      }
      return outcomes.find((o) => o.startsWith('OPEN')) ?? outcomes[0];
    },
  ],
  [
    'host.script',
    'the host page’s script as a module',
    async (ctx) => {
      await import(/* @vite-ignore */ `${origin()}/assets/${ctx.config.script}`);
      return 'OPEN: imported';
    },
  ],
  [
    'host.map',
    'source maps',
    async (ctx) => {
      for (const file of [`/assets/${ctx.config.script}.map`, '/index.html.map', `${own()}start.js.map`]) {
        const outcome = await get(() => file)(ctx).catch((e) => `dead: ${e.name}`);
        if (outcome.startsWith('OPEN')) return outcome;
      }
      return 'dead: refused';
    },
  ],
  [
    'host.encoded',
    'paths that climb out of the app’s own folder',
    async (ctx) => {
      const tricks = [
        '../x',
        '..%2f..%2f..%2findex.html',
        '%2e%2e/%2e%2e/',
        '..\\..\\index.html',
        './/../../index.html',
        '..;/..;/',
        '\0',
        '%00',
        'start.js%00.html',
      ];
      for (const trick of tricks) {
        const outcome = await get(() => own() + trick)(ctx).catch((e) => `dead: ${e.name}`);
        if (outcome.startsWith('OPEN')) return `${outcome} ${trick}`;
      }
      return 'dead: refused';
    },
  ],
  [
    'host.unlisted',
    'files of the package that are no content: signature and inventory',
    async (ctx) => {
      for (const file of ['signature', 'alcove.sig', 'inventory', 'META-INF/inventory.json', '.']) {
        const outcome = await get(() => own() + file)(ctx).catch((e) => `dead: ${e.name}`);
        if (outcome.startsWith('OPEN')) return `${outcome} ${file}`;
      }
      return 'dead: refused';
    },
  ],
  [
    'host.guessed-app',
    'files of another app at a guessed address',
    get(() => `/_ext/${'A'.repeat(22)}/start.html`),
  ],
  [
    'host.neighbour',
    'files of another app at its right address',
    async (ctx) => judge(await fetch(neighbour(ctx, 'secret.txt'))),
  ],
  [
    'host.neighbour-image',
    'an image of another app at its right address',
    loads((ctx) => Object.assign(add('<img>'), { src: neighbour(ctx, 'secret.svg') })),
  ],
  [
    'host.neighbour-script',
    'a script of another app at its right address',
    async (ctx) => {
      await import(/* @vite-ignore */ neighbour(ctx, 'secret.js'));
      return 'OPEN: imported';
    },
  ],
  [
    'host.neighbour-style',
    'a style sheet of another app at its right address',
    loads((ctx) => Object.assign(add('<link rel="stylesheet">'), { href: neighbour(ctx, 'secret.css') })),
  ],
  [
    'host.neighbour-frame',
    'another app’s page in a nested frame',
    async (ctx) => {
      const f = add('<iframe></iframe>');
      f.src = neighbour(ctx, 'start.html');
      return loadedIn(f);
    },
  ],
];
