// Reaching other windows: the host page above, frames beside this one, new windows.
import { add, ground, pause, read } from '../page.js';

const click = (html) => add(html).click();

const submit = (change) => async (ctx) => {
  const f = document.createElement('form');
  change(f, ctx);
  ground().append(f);
  f.submit();
  await pause(50);
};

/** The windows beside this one. */
const beside = () => [...Array(parent.length).keys()].map((i) => parent[i]).filter((w) => w !== window);

export const frames = [
  [
    'frames.origin',
    'an origin of its own',
    async () => (self.origin === 'null' ? 'dead: opaque' : `OPEN: ${self.origin}`),
  ],
  ['frames.top-document', 'the host’s document', read(() => top.document)],
  ['frames.top-address', 'the host’s address', read(() => top.location.href)],
  ['frames.parent-document', 'the embedding document', read(() => parent.document.body)],
  ['frames.frame-element', 'its own frame element', read(() => window.frameElement)],
  ['frames.opener', 'an opener', read(() => window.opener)],
  ['frames.name', 'what window.name tells', read(() => window.name)],
  [
    'frames.referrer',
    'what document.referrer tells beyond the host’s origin',
    async () =>
      /^([a-z]+:\/\/[^/]+\/?)?$/.test(document.referrer) ? 'dead: nothing' : `OPEN: ${document.referrer}`,
  ],
  [
    'frames.count',
    'how many apps are open, and when one opens',
    async () => (parent.length > 0 ? `OPEN: ${parent.length} frames` : 'dead: none to be seen'),
  ],
  ['frames.sibling', 'the document of another app', read(() => beside()[0]?.document)],
  [
    'frames.sibling-forged-offer',
    'offering itself to another app as its host',
    async () => {
      const answered = [];
      for (let i = 0; i < 10; i++) {
        for (const w of beside()) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = (e) => answered.push(e.data);
          w.postMessage({ alcove: 1, type: 'port' }, '*', [port2]);
        }
        await pause(20);
      }
      return answered.length > 0
        ? 'OPEN: answered'
        : beside().length > 0
          ? 'tried'
          : 'dead: nobody to be seen';
    },
  ],
  [
    'frames.sibling-navigate',
    'leading another app’s frame away',
    async (ctx) => {
      for (const w of beside()) w.location = ctx.at('frames.sibling-navigate').http;
      return beside().length > 0 ? 'tried' : 'dead: nobody to be seen';
    },
  ],
  [
    'frames.sibling-name',
    'opening an address in another app’s frame by its name',
    async (ctx) => {
      for (const name of ['Neighbour', 'neighbour', '1', '0'])
        click(`<a target="${name}" href="${ctx.at('frames.sibling-name').http}">x</a>`);
      await pause(100);
    },
  ],
  [
    'frames.top-hash',
    'changing the host’s address by a fragment',
    async () => void (top.location.hash = '#hostile'),
  ],
  [
    'frames.top-javascript',
    'running a script in the host page by its address',
    async () => void (top.location = 'javascript:void(window.owned=1)'),
  ],
  ['frames.open', 'a new window', read((ctx) => window.open(ctx.at('frames.open').http))],
  ['frames.open-blank', 'an empty new window', read(() => window.open('about:blank'))],
  [
    'frames.open-quiet',
    'a new window without an opener',
    async (ctx) => {
      window.open(ctx.at('frames.open-quiet').http, '_blank', 'noopener');
      await pause(100);
    },
  ],
  [
    'frames.target-blank',
    'a link into a new window',
    async (ctx) => {
      click(`<a target="_blank" href="${ctx.at('frames.target-blank').http}">x</a>`);
      await pause(100);
    },
  ],
  [
    'frames.form-blank',
    'sending a form into a new window',
    submit((f, ctx) => Object.assign(f, { action: ctx.at('frames.form-blank').http, target: '_blank' })),
  ],
  [
    'frames.form-host',
    'sending a form to the host',
    submit((f) => Object.assign(f, { action: '/_host/api/vault.lock', method: 'post', target: '_top' })),
  ],
  [
    'frames.base',
    'moving every relative address with a base element',
    async (ctx) => {
      const { http } = ctx.at('frames.base');
      const b = add(`<base href="${http}/">`);
      add('<img src="frames.base.png">');
      const moved = document.baseURI.startsWith(http);
      b.remove();
      return moved ? 'OPEN: base moved' : 'dead: base ignored';
    },
  ],
  [
    'frames.download',
    'saving a file with the download attribute',
    async () => {
      click('<a download="hostile.txt" href="data:text/plain,hostile">x</a>');
      await pause(100);
    },
  ],
  [
    'frames.download-blob',
    'saving a blob with the download attribute',
    async () => {
      const a = add('<a download="hostile-blob.txt">x</a>');
      a.href = URL.createObjectURL(new Blob(['hostile'], { type: 'application/octet-stream' }));
      a.click();
      await pause(100);
    },
  ],
  [
    'frames.javascript',
    'a link with a script as its address',
    async () => {
      const a = add('<a href="javascript:void(window.javascriptRan=1)">x</a>');
      a.click();
      await pause(50);
      return window.javascriptRan ? 'OPEN: ran' : 'dead: not run';
    },
  ],
  [
    'frames.alert',
    'alert, confirm and prompt',
    async () => {
      const from = performance.now();
      window.alert('hostile');
      const said = window.confirm('hostile') || window.prompt('hostile', 'x');
      return said || performance.now() - from > 300 ? 'OPEN: a dialog' : 'dead: no dialog';
    },
  ],
  ['frames.print', 'printing', async () => void window.print()],
  [
    'frames.keyboard-lock',
    'keys that belong to the system',
    async () => {
      await navigator.keyboard.lock();
      return 'OPEN: locked';
    },
  ],
  [
    'frames.history-flood',
    'a thousand entries in the history',
    async () => {
      let entries = 0;
      for (; entries < 1000; entries++) history.pushState(null, '', `#${entries}`);
      history.replaceState(null, '', location.pathname);
    },
  ],
  [
    'frames.resize',
    'moving and resizing the window',
    async () => {
      const before = [window.outerWidth, window.screenX].join();
      window.resizeTo(1000, 700);
      await pause(50);
      return [window.outerWidth, window.screenX].join() === before ? 'dead: unmoved' : 'OPEN: moved';
    },
  ],
];
