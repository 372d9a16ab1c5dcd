// A host without a policy: it serves an extension's folder as it is and offers
// it a port, in a frame that cannot navigate the page away. What an attack
// reaches from elsewhere it reaches from here, so a detector that stays silent
// is broken.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

const page = `<!doctype html><title>Unconfined</title><iframe sandbox="allow-scripts" src="/app/start.html"></iframe>
<script type="module">
  import { decode, encode } from '/app/msgpack.js';
  const frame = document.querySelector('iframe');
  const values = new Map();
  const offer = () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      if (data?.type === 'hello') {
        clearInterval(timer);
        port1.postMessage({ type: 'welcome', context: {} });
        port1.postMessage({ type: 'activate' });
      }
      if (!(data instanceof ArrayBuffer)) return;
      try {
        const { id, method, params } = decode(new Uint8Array(data));
        if (method === 'kv.set') values.set(params.key, params.value);
        const ok = { found: values.has(params?.key), value: values.get(params?.key) ?? null };
        const bytes = encode({ id: Number(id), ok }).slice().buffer;
        port1.postMessage(bytes, [bytes]);
      } catch {}
    };
    frame.contentWindow.postMessage({ alcove: 1, type: 'port' }, '*', [port2]);
  };
  const timer = setInterval(offer, 200);
</script>`;

/** Serves until stopped; gives the address of the page. */
export async function unconfined(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*'); // modules in an opaque frame
    const path = (request.url ?? '/').replace(/[?#].*/, '');
    if (path === '/') {
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
      return;
    }
    readFile(join(folder, path.replace('/app/', '')))
      .then((data) => response.setHeader('Content-Type', types[extname(path)] ?? 'text/plain').end(data))
      .catch(() => response.writeHead(404).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`, server };
}
