// What the policy keeps a page from, each at a host of its own.
const at = (kind) => `https://${kind}.example/x?secret=1`;

const add = (name, attributes) => {
  const element = Object.assign(document.createElement(name), attributes);
  document.body.append(element);
  return element;
};

const image = (address) => {
  new Image().src = address;
};

/** WebKit throws where Chromium tells later. */
const tried = (make) => {
  try {
    make();
  } catch (error) {
    if (error.name !== 'SecurityError') throw error;
  }
};

export const kept = {
  kept: () => {
    image(at('image'));
    image(`${location.origin}/icon.svg`);
    add('link', { rel: 'stylesheet', href: at('style') });
    add('script', { src: at('script') });
    add('video', { src: at('media') });
    add('iframe', { src: at('frame') });
    new FontFace('X', `url(${at('font')})`).load().catch(() => undefined);
    tried(() => new EventSource(at('source')));
    if ('WebSocket' in window) tried(() => new WebSocket('wss://socket.example/x'));
    return 'tried';
  },

  // A page that would rather not be told on.
  hidden: () => {
    for (const on of [window, document])
      on.addEventListener('securitypolicyviolation', (event) => event.stopImmediatePropagation(), true);
    window.fetch = () => Promise.reject(new Error('no'));
    Object.defineProperty(document, 'baseURI', { value: 'about:blank' });
    const policy = document.createElement('meta');
    Object.assign(policy, { httpEquiv: 'Content-Security-Policy', content: "connect-src 'none'" });
    document.head.append(policy);
    image(at('hidden'));
    image(`https://long.example/${'a'.repeat(30_000)}`);
    return 'hidden';
  },

  // Chromium shows a page of its own in the frame afterwards.
  form: () => add('form', { action: at('form'), method: 'post' }).submit(),
};
