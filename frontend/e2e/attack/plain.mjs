// A host without a defence, for Chromium: it serves the two extensions as they
// are, in frames of its own origin without a sandbox, answers every address of
// the host, and offers ports to whoever asks. What an attack reaches from
// elsewhere it reaches from here, so a detector that stays silent is broken.
// Usage: node plain.mjs FOLDER, in which the extensions are; prints the address.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const folder = process.argv[2] ?? '.';
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

const page = `<!doctype html><title>Plain</title>
<style>body { margin: 0 } iframe { width: 100%; height: 400px; border: 0 } #wall { height: 80px; background: #ded }</style>
<div id="wall"></div>
<iframe title="Hostile" allow="fullscreen; clipboard-read; clipboard-write" allowfullscreen></iframe>
<iframe title="Neighbour" name="neighbour" src="/_ext/neighbour/start.html"></iframe>
<script type="module">
  import { decode, encode } from '/_ext/hostile/msgpack.js';
  const hostile = document.querySelector('iframe');
  hostile.src = '/_ext/hostile/start.html' + location.search;
  const values = new Map();
  // Whoever asks is answered, which no host should do.
  addEventListener('message', (e) => e.ports[0]?.postMessage('yes'));

  for (const frame of document.querySelectorAll('iframe')) {
    const offer = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => {
        if (data?.type === 'hello') {
          clearInterval(timer);
          const prefix = '0'.repeat(64) + '__' + frame.title.toLowerCase() + '__';
          const context = { id: 'x', name: frame.title, title: frame.title, version: '1.0.0', prefix, locale: 'en', platform: 'plain' };
          port1.postMessage({ type: 'welcome', context });
          port1.postMessage({ type: 'activate' });
          const more = new MessageChannel();
          more.port1.onmessage = () => more.port1.postMessage('yes');
          frame.contentWindow.postMessage({ alcove: 1, type: 'port' }, '*', [more.port2]);
        }
        if (!(data instanceof ArrayBuffer)) return;
        try {
          const { id, method, params } = decode(new Uint8Array(data));
          if (method === 'kv.set') values.set(frame.title + params.key, params.value);
          const key = frame.title + params?.key;
          const ok = { found: values.has(key), value: values.get(key) ?? null };
          const bytes = encode({ id: Number(id), ok }).slice().buffer;
          port1.postMessage(bytes, [bytes]);
        } catch {}
      };
      frame.contentWindow.postMessage({ alcove: 1, type: 'port' }, '*', [port2]);
    };
    const timer = setInterval(offer, 200);
  }
</script>`;

const server = createServer((request, response) => {
  const path = (request.url ?? '/').replace(/[?#].*/, '');
  const answer = (type, text) => response.setHeader('Content-Type', type).end(text);
  if (path === '/' || path === '/index.html') return answer('text/html; charset=utf-8', page);
  if (!path.startsWith('/_ext/')) return answer(types[extname(path)] ?? 'text/plain', '');
  readFile(join(folder, path.replace('/_ext/', '')))
    .then((data) => response.setHeader('Content-Type', types[extname(path)] ?? 'text/plain').end(data))
    .catch(() => answer(types[extname(path)] ?? 'text/plain', ''));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
