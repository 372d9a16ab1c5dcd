// Leaving: for another address, for another app, or taking the host along. Each
// costs the frame its session, or ought to do nothing at all.
import { add, pause } from '../page.js';

const gone = (go) => async (ctx) => {
  await go(ctx);
  await pause(500); // what has not begun by now does not begin
  return 'tried';
};
const link = (target) =>
  gone((ctx) => add(`<a target="${target}" href="${ctx.at(`leave.${target.slice(1)}`).http}">x</a>`).click());
const told = (ctx) => {
  if (!ctx.told.neighbour) throw new Error('not told');
  return ctx.told.neighbour;
};

export const leave = [
  ['leave.top', 'a link that replaces the host page', link('_top')],
  ['leave.parent', 'a link that replaces the embedding page', link('_parent')],
  [
    'leave.top-address',
    'giving the host page another address',
    gone((ctx) => (top.location.href = ctx.at('leave.top-address').http)),
  ],
  [
    'leave.parent-replace',
    'replacing the host page',
    gone((ctx) => parent.location.replace(ctx.at('leave.parent-replace').http)),
  ],
  ['leave.top-own', 'its own page in the host’s place', gone(() => (top.location.href = location.href))],
  ['leave.history', 'taking the host back in its history', gone(() => history.go(-5))],
  [
    'leave.address',
    'going to an address of its choice',
    gone((ctx) => (location.href = ctx.at('leave.address').http)),
  ],
  [
    'leave.refresh',
    'going away with a meta refresh',
    gone((ctx) => add(`<meta http-equiv="refresh" content="0;url=${ctx.at('leave.refresh').http}">`)),
  ],
  [
    'leave.form',
    'going away with a form',
    gone((ctx) => {
      const f = add('<form method="post"></form>');
      f.action = ctx.at('leave.form').http;
      f.submit();
    }),
  ],
  ['leave.host', 'becoming the host page in the frame', gone(() => (location.href = '/'))],
  [
    'leave.neighbour',
    'becoming another app’s page and taking over its session',
    gone((ctx) => (location.href = `${told(ctx)}start.html`)),
  ],
  ['leave.blank', 'becoming an empty page', gone(() => (location.href = 'about:blank'))],
  [
    'leave.data',
    'becoming a data: page with a script',
    gone(
      (ctx) =>
        (location.href = `data:text/html,<script>fetch("${ctx.at('leave.data').http}",{mode:"no-cors"})</script>`),
    ),
  ],
  [
    'leave.blob',
    'becoming a blob: page with a script',
    gone(
      (ctx) =>
        (location.href = URL.createObjectURL(
          new Blob([`<script>fetch("${ctx.at('leave.blob').http}",{mode:"no-cors"})</script>`], {
            type: 'text/html',
          }),
        )),
    ),
  ],
  [
    'leave.javascript',
    'becoming what a javascript: address gives',
    gone((ctx) => (location.href = `javascript:'<img src="${ctx.at('leave.javascript').http}">'`)),
  ],
  [
    'leave.svg',
    'becoming an SVG document with a script',
    gone((ctx) => (location.href = `picture.svg#${ctx.at('leave.svg').http}`)),
  ],
  [
    'leave.write',
    'writing a new document over its own',
    gone(async (ctx) => {
      document.open();
      document.write(
        `<img src="${ctx.at('leave.write').http}"><script>fetch("${ctx.at('leave.write').http}",{mode:"no-cors"})</scr` +
          'ipt>',
      );
      document.close();
      await pause(300);
      location.reload(); // nothing is left of the page that runs the cases
    }),
  ],
];
