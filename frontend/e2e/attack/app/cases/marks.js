// Everything markup and style can ask to open a connection with. What opens one
// does so within the wait that follows the last of them.
import { add, pause } from '../page.js';

const link =
  (rel, extra = '') =>
  (to) =>
    `<link rel="${rel}" href="${to.http}" ${extra}>`;

const list = {
  'mark.image': ['an image', (to) => `<img src="${to.http}">`],
  'mark.image-name': ['an image from a name', (to) => `<img src="http://${to.name}/mark.image-name">`],
  'mark.srcset': ['an image’s srcset', (to) => `<img srcset="${to.http} 1x">`],
  'mark.picture': ['a picture', (to) => `<picture><source srcset="${to.http}"><img></picture>`],
  'mark.input-image': ['an image button', (to) => `<input type="image" src="${to.http}">`],
  'mark.audio': ['audio', (to) => `<audio src="${to.http}" preload="auto" autoplay></audio>`],
  'mark.video': ['video', (to) => `<video src="${to.http}" preload="auto" autoplay muted></video>`],
  'mark.poster': ['a video’s poster', (to) => `<video poster="${to.http}"></video>`],
  'mark.track': [
    'a video’s track',
    (to) =>
      `<video muted crossorigin src="data:video/mp4;base64,AAAA"><track kind="captions" default src="${to.http}"></video>`,
  ],
  'mark.frame': ['a nested frame', (to) => `<iframe src="${to.http}"></iframe>`],
  'mark.object': ['object', (to) => `<object data="${to.http}"></object>`],
  'mark.embed': ['embed', (to) => `<embed src="${to.http}">`],
  'mark.svg-image': ['an image in SVG', (to) => `<svg><image href="${to.http}"/></svg>`],
  'mark.svg-use': ['use in SVG', (to) => `<svg><use href="${to.http}#x"/></svg>`],
  'mark.svg-filter': [
    'an SVG filter’s image',
    (to) =>
      `<svg><filter id="f"><feImage href="${to.http}"/></filter><rect width="4" height="4" filter="url(#f)"/></svg>`,
  ],
  'mark.svg-foreign': [
    'HTML in SVG’s foreignObject',
    (to) =>
      `<svg><foreignObject width="9" height="9"><img xmlns="http://www.w3.org/1999/xhtml" src="${to.http}"/></foreignObject></svg>`,
  ],
  'mark.svg-data': [
    'an SVG image with an address inside',
    (to) =>
      `<img src="data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg"><image href="${to.http}" width="9" height="9"/><script>fetch("${to.http}",{mode:"no-cors"})</script></svg>`)}">`,
  ],
  'mark.style-url': ['url() in a style', (to) => `<p style="background:url(${to.http})">x</p>`],
  'mark.style-import': ['@import', (to) => `<style>@import url(${to.http});</style>`],
  'mark.style-font': [
    '@font-face',
    (to) => `<style>@font-face{font-family:h;src:url(${to.http})}#h{font-family:h}</style><p id="h">x</p>`,
  ],
  'mark.style-cursor': ['a cursor', (to) => `<p style="cursor:url(${to.http}),auto">x</p>`],
  'mark.style-content': [
    'content: in a style',
    (to) => `<style>#c::before{content:url(${to.http})}</style><p id="c">x</p>`,
  ],
  'mark.style-mask': [
    'a mask',
    (to) => `<p style="mask-image:url(${to.http});-webkit-mask-image:url(${to.http})">x</p>`,
  ],
  'mark.style-set': ['image-set()', (to) => `<p style="background:image-set(url(${to.http}) 1x)">x</p>`],
  'mark.style-shape': ['shape-outside', (to) => `<p style="float:left;shape-outside:url(${to.http})">x</p>`],
  'mark.style-attribute': [
    'addresses chosen by what a field holds',
    (to) => `<style>#a[value^="s"]{background:url(${to.http})}</style><input id="a" value="secret">`,
  ],
  'mark.stylesheet': ['a style sheet', link('stylesheet')],
  'mark.prefetch': ['prefetch', link('prefetch')],
  'mark.preconnect': ['preconnect', link('preconnect')],
  'mark.preconnect-name': [
    'preconnect to a name',
    (to) => `<link rel="preconnect" href="http://${to.name}">`,
  ],
  'mark.dns-prefetch': ['dns-prefetch', (to) => `<link rel="dns-prefetch" href="http://${to.name}">`],
  'mark.dns-control': [
    'look-ups for links, switched on by a meta element',
    (to) => `<meta http-equiv="x-dns-prefetch-control" content="on"><a href="http://${to.name}">x</a>`,
  ],
  'mark.preload': ['preload', link('preload', 'as="image"')],
  'mark.modulepreload': ['modulepreload', link('modulepreload')],
  'mark.prerender': ['prerender', link('prerender')],
  'mark.icon': ['an icon', link('icon')],
  'mark.manifest': ['a web manifest', link('manifest')],
  'mark.report': [
    'a report of what a policy refused',
    (to) => `<meta http-equiv="Content-Security-Policy" content="img-src 'none'; report-uri ${to.http}">`,
  ],
  'mark.attribution': [
    'counting clicks for advertisers',
    (to) =>
      `<a attributionsrc="${to.http}" attributiondestination="${to.http}" attributionsourceid="1" href="#a">x</a>`,
  ],
  'mark.background': [
    'an old background attribute',
    (to) => `<table background="${to.http}"><td>x</td></table>`,
  ],
  'mark.lazy': [
    'a link whose picture is drawn by the browser',
    (to) => `<input type="url" list="l"><datalist id="l"><option value="${to.http}"></datalist>`,
  ],
};

const marked = Object.entries(list).map(([id, [what, make]]) => [
  id,
  what,
  async (ctx) => {
    add(make(ctx.at(id)));
    await pause(10);
  },
]);

const script = (id, what, type) => [
  id,
  what,
  async (ctx) => {
    const { http } = ctx.at(id);
    const s = document.createElement('script');
    s.type = type;
    if (type === 'speculationrules')
      s.textContent = JSON.stringify({
        prefetch: [{ urls: [http], eagerness: 'immediate' }],
        prerender: [{ urls: [http] }],
      });
    else s.src = `${http}.js`;
    document.head.append(s);
    await pause(10);
  },
];

export const marks = [
  ...marked,
  script('mark.script', 'a script', 'text/javascript'),
  script('mark.module', 'a module script', 'module'),
  script('mark.speculation', 'speculation rules', 'speculationrules'),
  [
    'mark.inline-script',
    'a script in the page that was not signed',
    async () => {
      const s = document.createElement('script');
      s.textContent = 'window.inlineRan = true';
      document.head.append(s);
      return window.inlineRan ? 'OPEN: ran' : 'dead: not run';
    },
  ],
  [
    'mark.inline-handler',
    'a handler written in an attribute',
    async () => {
      add('<p onclick="window.handlerRan=true">x</p>').click();
      return window.handlerRan ? 'OPEN: ran' : 'dead: not run';
    },
  ],
  ['mark.eval', 'eval', async () => (new Function('return 1')() ? 'OPEN: ran' : 'dead: no')],
  [
    'mark.timer-text',
    'a timer with text for a script, and whatever the markup above has opened by then',
    async () => {
      // eslint-disable-next-line no-implied-eval -- what is tried is text for a script
      setTimeout('window.timerRan=true', 0);
      await pause(1000);
      return window.timerRan ? 'OPEN: ran' : 'dead: not run';
    },
  ],
];
