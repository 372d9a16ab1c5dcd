// The window toolkit's own channel: from this frame and from frames inside it.
// In a browser there is none.
import { ground } from '../page.js';

const found = (w) =>
  w.webkit?.messageHandlers?.external ??
  w.chrome?.webview ??
  w.external?.invoke ??
  w.WailsInvoke ??
  w.wails ??
  null;

const post = (message) => async (ctx) => {
  const handler = window.webkit?.messageHandlers?.external;
  if (!handler) return `dead: ${typeof window.webkit}`;
  handler.postMessage(message(ctx));
  return 'OPEN: posted';
};

const nested = (make) => () =>
  new Promise((resolve) => {
    const f = document.createElement('iframe');
    const heard = (e) => {
      if (e.source === f.contentWindow && e.data?.nested)
        resolve(e.data.channel ? 'OPEN: channel in a nested frame' : 'dead: runs without it');
    };
    addEventListener('message', heard);
    make(f);
    f.addEventListener('load', () => {
      try {
        if (found(f.contentWindow)) resolve('OPEN: reached from outside');
      } catch {
        // another origin: only its own script can tell
      }
      setTimeout(() => resolve('dead: silent'), 300);
    });
    ground().append(f);
  });

const script = `parent.postMessage({nested:1,channel:!!(window.webkit&&webkit.messageHandlers&&webkit.messageHandlers.external)},"*")`;
const page = `<script>${script}</scr` + `ipt>`;
const data = `data:text/html,${encodeURIComponent(page)}`;

export const channel = [
  [
    'channel.self',
    'the toolkit’s message handler',
    async () => (found(window) ? 'OPEN: reachable' : 'dead: undefined'),
  ],
  ['channel.blank', 'the handler from a nested about:blank frame', nested((f) => (f.src = 'about:blank'))],
  ['channel.srcdoc', 'the handler from a nested srcdoc frame', nested((f) => (f.srcdoc = page))],
  ['channel.data', 'the handler from a nested data: frame', nested((f) => (f.src = data))],
  [
    'channel.blob',
    'the handler from a nested blob: frame',
    nested((f) => (f.src = URL.createObjectURL(new Blob([page], { type: 'text/html' })))),
  ],
  [
    'channel.javascript',
    'the handler from a nested javascript: frame',
    nested((f) => (f.src = `javascript:${JSON.stringify(page)}`)),
  ],
  [
    'channel.event',
    'toolkit message E: a Go event',
    post(() => `EE${JSON.stringify({ name: 'hostile', data: ['x'] })}`),
  ],
  [
    'channel.call',
    'toolkit message C: a call of Go',
    post(() => `C${JSON.stringify({ name: 'main.App.Greet', args: [], callbackID: 'x' })}`),
  ],
  [
    'channel.browser',
    'toolkit message B: the system’s browser',
    post((ctx) => `BO:${ctx.at('channel.browser').http}`),
  ],
  ['channel.window', 'toolkit message W: the window’s title', post(() => 'WT:OWNED BY A FRAME')],
  [
    'channel.quit',
    'toolkit message Q: quit',
    // Where it works nothing would run afterwards; there the test presses #quit at the end.
    async () => (found(window) ? 'OPEN: reachable' : post(() => 'Q')({})),
  ],
  ['channel.drop', 'toolkit message DD: a forged file drop', post(() => 'DD:10:10:/etc/passwd')],
  ['channel.drag', 'toolkit message drag', post(() => 'drag')],
];
