// What a page may do more of right after a person clicked in it.
import { add, copy, fill, pause, select } from '../page.js';

/** Waits for a click, which the test gives, and goes on in its handler. */
const clicked = (run) => (ctx) => {
  ctx.state(`click ${ctx.id}`);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end('dead: nobody clicked'), 44_000);
    const end = (outcome) => {
      clearTimeout(timer);
      removeEventListener('click', go, true);
      resolve(outcome);
    };
    const go = (e) => {
      if (!e.isTrusted) return;
      ctx.state('running');
      Promise.resolve(run(ctx)).then(end, reject);
    };
    addEventListener('click', go, true);
  });
};

const link = (attributes) => async (ctx) => {
  add(`<a ${attributes} href="${ctx.at(ctx.id).http}">x</a>`).click();
  await pause(150);
};

const list = {
  'click.open': [
    'a new window',
    async (ctx) => (window.open(ctx.at('click.open').http) ? 'OPEN: a window' : 'tried'),
  ],
  'click.target-blank': ['a link into a new window', link('target="_blank"')],
  'click.top': ['a link that replaces the host page', link('target="_top"')],
  'click.top-address': [
    'giving the host page another address',
    async (ctx) => {
      top.location.href = ctx.at('click.top-address').http;
      await pause(300);
    },
  ],
  'click.download': [
    'saving a file',
    async () => {
      add('<a download="hostile-click.txt" href="data:text/plain,hostile">x</a>').click();
      await pause(150);
    },
  ],
  'click.scheme': [
    'opening another program by its address',
    async () => {
      for (const address of ['mailto:hostile@sink.test', 'tel:123', 'file:///etc/passwd', 'vscode://x']) {
        add(`<a href="${address}">x</a>`).click();
        await pause(30);
      }
    },
  ],
  'click.fullscreen': [
    'the whole screen',
    async () => {
      await document.documentElement.requestFullscreen();
      return 'OPEN: full screen';
    },
  ],
  'click.pointer-lock': [
    'the mouse pointer',
    async () => {
      await document.documentElement.requestPointerLock();
      await pause(100);
      return document.pointerLockElement ? 'OPEN: locked' : 'dead: not locked';
    },
  ],
  'click.clipboard-read': [
    'reading the clipboard',
    async () => `OPEN: ${await navigator.clipboard.readText()}`,
  ],
  'click.clipboard-write': ['filling the clipboard', fill],
  'click.copy': ['filling the clipboard with a command', copy],
  'click.select': [
    'filling what the middle button pastes',
    async (ctx) => {
      select(ctx);
      await pause(100);
    },
  ],
  'click.copy-event': [
    'filling the clipboard from a handler',
    async (ctx) => {
      const put = (e) => {
        e.clipboardData.setData('text/plain', `hostile ${ctx.id}`);
        e.preventDefault();
      };
      addEventListener('copy', put, { once: true });
      document.execCommand('copy');
      removeEventListener('copy', put);
      await pause(100);
    },
  ],
  'click.paste': [
    'reading the clipboard with a command',
    async () => {
      const field = document.getElementById('field');
      field.value = '';
      field.focus();
      return document.execCommand('paste') && field.value !== '' ? 'OPEN: pasted' : 'dead: refused';
    },
  ],
  'click.screen': [
    'the screen',
    async () => {
      await navigator.mediaDevices.getDisplayMedia();
      return 'OPEN: screen';
    },
  ],
  'click.file': [
    'a file dialog',
    async () => {
      const i = document.createElement('input');
      i.type = 'file';
      i.click();
      await pause(400);
    },
  ],
  'click.picker': [
    'a file picker',
    async () => {
      await Promise.race([window.showOpenFilePicker(), pause(300)]);
    },
  ],
  'click.notification': [
    'notifications',
    async () => {
      const answer = await Notification.requestPermission();
      return answer === 'granted' ? 'OPEN: granted' : `dead: ${answer}`;
    },
  ],
};

export const clicks = Object.entries(list).map(([id, [what, run]]) => [
  id,
  `${what}, right after a click`,
  clicked(run),
]);
