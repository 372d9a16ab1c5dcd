// Drawing over what is the host's. The test looks at the pixels while #veil is
// up, which holds on until it is told that they were seen.
import { pause } from '../page.js';

const veil =
  'position:fixed;inset:-3000px;width:9000px;height:9000px;background:#f0f;z-index:2147483647;margin:0;max-width:none;max-height:none;border:0';

/** Shows something until the test has looked, or until nobody looks. */
const shown = (show) => async (ctx) => {
  const done = await show(ctx);
  ctx.state(`look ${ctx.id}`);
  await Promise.race([ctx.looked(), pause(ctx.told.looks ? 40_000 : 300)]);
  ctx.state('running');
  done?.();
  return 'tried';
};
const element = (html, also) => () => {
  document.body.insertAdjacentHTML('beforeend', html);
  const e = document.body.lastElementChild;
  also?.(e);
  return () => e.remove();
};

export const draw = [
  [
    'draw.fixed',
    'a fake prompt over the host’s bars, as large as can be',
    shown(element(`<div id="veil" style="${veil}"></div>`)),
  ],
  [
    'draw.dialog',
    'a fake prompt in the top layer',
    shown(element(`<dialog id="veil" style="${veil}"></dialog>`, (e) => e.showModal())),
  ],
  [
    'draw.popover',
    'a fake prompt as a popover',
    shown(element(`<div popover id="veil" style="${veil}"></div>`, (e) => e.showPopover())),
  ],
  [
    'draw.select',
    'a list that is drawn outside the page',
    shown(
      element('<select id="veil"><option>Allow</option></select>', (e) => {
        try {
          e.showPicker();
        } catch {
          e.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
        }
      }),
    ),
  ],
  [
    'draw.validation',
    'a bubble of a form outside the page',
    shown(element('<form id="veil"><input required></form>', (e) => e.reportValidity())),
  ],
  [
    'draw.title',
    'the window’s title',
    shown(() => {
      document.title = 'OWNED BY A FRAME';
    }),
  ],
  [
    'draw.icon',
    'the window’s icon and colour',
    shown(
      element('<div id="veil"></div>', () => {
        document.head.insertAdjacentHTML('beforeend', '<meta name="theme-color" content="#f0f">');
      }),
    ),
  ],
];
