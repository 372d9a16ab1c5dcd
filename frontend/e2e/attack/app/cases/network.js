// Everything script can ask to open a connection with. Whether it did is for
// the sink to say; "tried" only means that nothing threw.
import { add, either, inWorker, pause } from '../page.js';

const ask = async (address, options) => {
  const r = await fetch(address, options);
  return r.type === 'opaque' || r.ok ? 'OPEN: answered' : `dead: ${r.status}`;
};

/** A peer connection with one server to ask for its own address. */
const peer = (servers) => async (ctx) => {
  const c = new RTCPeerConnection({ iceServers: [servers(ctx)] });
  c.createDataChannel('x');
  await c.setLocalDescription(await c.createOffer());
  await pause(1200);
  c.close();
};

const list = {
  'net.fetch': ['fetch', (ctx) => ask(ctx.at('net.fetch').http)],
  'net.fetch-no-cors': [
    'fetch without an answer',
    (ctx) => ask(ctx.at('net.fetch-no-cors').http, { mode: 'no-cors' }),
  ],
  'net.fetch-keepalive': [
    'fetch that outlives the page',
    (ctx) => ask(ctx.at('net.fetch-keepalive').http, { method: 'POST', keepalive: true, body: 'x' }),
  ],
  'net.fetch-later': [
    'fetch once the page is gone',
    async (ctx) => void window.fetchLater(ctx.at('net.fetch-later').http, { activateAfter: 0 }),
  ],
  'net.fetch-name': [
    'fetch of a name, which would look it up',
    (ctx) => ask(`http://${ctx.at('net.fetch-name').name}/net.fetch-name`),
  ],
  'net.fetch-local': [
    'fetch of another program on this machine',
    () => ask('http://127.0.0.1:8907/net.fetch-local', { mode: 'no-cors' }),
  ],
  'net.xhr': [
    'XMLHttpRequest',
    either((open, dead, ctx) => {
      const x = new XMLHttpRequest();
      x.open('GET', ctx.at('net.xhr').http);
      x.onload = () => open('answered');
      x.onerror = () => dead('refused');
      x.send();
    }),
  ],
  'net.xhr-sync': [
    'a blocking XMLHttpRequest',
    async (ctx) => {
      const x = new XMLHttpRequest();
      x.open('GET', ctx.at('net.xhr-sync').http, false);
      x.send();
      return `OPEN: ${x.status}`;
    },
  ],
  'net.event-source': [
    'EventSource',
    either((open, dead, ctx) => {
      const e = new EventSource(ctx.at('net.event-source').http);
      e.onopen = () => open('open');
      e.onerror = () => (e.close(), dead('error'));
    }),
  ],
  'net.web-socket': [
    'WebSocket',
    either((open, dead, ctx) => {
      const s = new WebSocket(ctx.at('net.web-socket').ws);
      s.onopen = () => open('open');
      s.onerror = () => dead('error');
    }),
  ],
  'net.web-socket-stream': [
    'WebSocketStream',
    async (ctx) => {
      await new WebSocketStream(ctx.at('net.web-socket-stream').ws).opened;
      return 'OPEN: open';
    },
  ],
  'net.web-transport': [
    'WebTransport',
    async (ctx) => {
      const t = new WebTransport(ctx.at('net.web-transport').http.replace('http:', 'https:'));
      await t.ready;
      return 'OPEN: ready';
    },
  ],
  'net.web-rtc': ['WebRTC to an address', peer((ctx) => ({ urls: `stun:${ctx.at('net.web-rtc').stun}` }))],
  'net.web-rtc-name': [
    'WebRTC to a name',
    peer((ctx) => ({ urls: `stun:${ctx.at('net.web-rtc-name').name}` })),
  ],
  'net.web-rtc-turn': [
    'WebRTC through a relay over TCP',
    peer((ctx) => ({
      urls: `turn:${ctx.at('net.web-rtc-turn').stun}?transport=tcp`,
      username: 'secret',
      credential: 'x',
    })),
  ],
  'net.beacon': [
    'sendBeacon',
    async (ctx) => (navigator.sendBeacon?.(ctx.at('net.beacon').http, 'x') ? 'tried' : 'dead: refused'),
  ],
  'net.ping': [
    'a link’s ping',
    async (ctx) => void add(`<a ping="${ctx.at('net.ping').http}" href="#ping">x</a>`).click(),
  ],
  'net.blob-worker': [
    'fetch from a worker',
    inWorker(
      (ctx) =>
        `fetch(${JSON.stringify(ctx.at('net.blob-worker').http)}).then(()=>postMessage('OPEN: answered'),e=>postMessage('dead: '+e.name))`,
    ),
  ],
  'net.blob-worker-import': [
    'importScripts in a worker',
    inWorker(
      (ctx) =>
        `try{importScripts(${JSON.stringify(`${ctx.at('net.blob-worker-import').http}.js`)});postMessage('OPEN: imported')}catch(e){postMessage('dead: '+e.name)}`,
    ),
  ],
  'net.blob-worker-socket': [
    'WebSocket from a worker',
    inWorker(
      (ctx) =>
        `try{const s=new WebSocket(${JSON.stringify(ctx.at('net.blob-worker-socket').ws)});s.onerror=()=>postMessage('dead: error');s.onopen=()=>postMessage('OPEN: open')}catch(e){postMessage('dead: '+e.name)}`,
    ),
  ],
  'net.worker-remote': [
    'a worker from an address',
    either((open, dead, ctx) => {
      const w = new Worker(`${ctx.at('net.worker-remote').http}.js`);
      w.onmessage = () => open('runs');
      w.onerror = () => dead('error');
    }),
  ],
  'net.shared-worker': [
    'a shared worker',
    either((open, dead) => {
      const w = new SharedWorker(
        URL.createObjectURL(new Blob(['onconnect=e=>e.ports[0].postMessage(1)'])),
        'hostile',
      );
      w.port.onmessage = () => open('runs');
      w.onerror = () => dead('error');
    }),
  ],
  'net.service-worker': [
    'a service worker',
    async () => {
      await navigator.serviceWorker.register('worker.js');
      return 'OPEN: registered';
    },
  ],
  'net.import': [
    'a module from an address',
    async (ctx) => {
      await import(/* @vite-ignore */ `${ctx.at('net.import').http}.js`);
      return 'OPEN: imported';
    },
  ],
  'net.wasm': [
    'WebAssembly from an address',
    async (ctx) => {
      await WebAssembly.compileStreaming(fetch(ctx.at('net.wasm').http));
      return 'OPEN: compiled';
    },
  ],
  'net.font-face': [
    'a FontFace',
    async (ctx) => {
      await new FontFace('x', `url(${ctx.at('net.font-face').http})`).load();
      return 'OPEN: loaded';
    },
  ],
  'net.paint': [
    'a paint worklet',
    async (ctx) => {
      await CSS.paintWorklet.addModule(`${ctx.at('net.paint').http}.js`);
      return 'OPEN: loaded';
    },
  ],
  'net.audio-worklet': [
    'an audio worklet',
    async (ctx) => {
      await new AudioContext().audioWorklet.addModule(`${ctx.at('net.audio-worklet').http}.js`);
      return 'OPEN: loaded';
    },
  ],
  'net.xslt': [
    'XSLT import and document()',
    async (ctx) => {
      const { http } = ctx.at('net.xslt');
      const p = new XSLTProcessor();
      p.importStylesheet(
        new DOMParser().parseFromString(
          `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:import href="${http}"/><xsl:template match="/"><xsl:copy-of select="document('${http}')"/></xsl:template></xsl:stylesheet>`,
          'text/xml',
        ),
      );
      p.transformToFragment(new DOMParser().parseFromString('<x/>', 'text/xml'), document);
    },
  ],
  'net.credential': [
    'signing in with another site',
    async (ctx) => {
      await navigator.credentials.get({
        identity: { providers: [{ configURL: ctx.at('net.credential').http, clientId: 'x' }] },
      });
      return 'OPEN: asked';
    },
  ],
  'net.payment': [
    'a payment’s manifest',
    async (ctx) => {
      await new PaymentRequest(
        [{ supportedMethods: ctx.at('net.payment').http.replace('http:', 'https:') }],
        {
          total: { label: 'x', amount: { currency: 'EUR', value: '1' } },
        },
      ).show();
      return 'OPEN: shown';
    },
  ],
};

export const network = Object.entries(list).map(([id, [what, run]]) => [id, what, run]);
