// What many cases do to the document they run in.
export const ground = () => document.getElementById('ground');
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Adds markup where it takes effect; gives the element. */
export function add(html) {
  const place = /^<(link|meta|base)/.test(html) ? document.head : ground();
  place.insertAdjacentHTML('beforeend', html);
  return place.lastElementChild;
}

/** The outcome of reading something that must not be readable. */
export const read = (what) => async (ctx) => {
  const got = await what(ctx);
  return got === undefined || got === null || got === ''
    ? 'dead: nothing'
    : `OPEN: ${String(got).slice(0, 60)}`;
};

/** The outcome of a promise-like thing with two ends. */
export const either = (begin) => async (ctx) =>
  new Promise((resolve, reject) => {
    begin(
      (what) => resolve(`OPEN: ${what}`),
      (why) => resolve(`dead: ${why}`),
      ctx,
    )?.catch?.(reject);
  });

/** A worker made from text, which posts its outcome. */
export const inWorker = (code) => async (ctx) =>
  new Promise((resolve) => {
    const w = new Worker(URL.createObjectURL(new Blob([code(ctx)])));
    w.onmessage = (e) => resolve(e.data);
    w.onerror = () => resolve('dead: no worker');
  });

// What fills the clipboard names its case. That it arrived is for the test to see:
// an engine may say yes before it is known.
export const fill = async (ctx) => {
  await navigator.clipboard.writeText(`hostile ${ctx.id}`);
  await pause(100);
};
export function select(ctx) {
  const field = document.getElementById('field');
  field.value = `hostile ${ctx.id}`;
  field.focus();
  field.select();
}
export const copy = async (ctx) => {
  select(ctx);
  if (!document.execCommand('copy')) return 'dead: refused';
  await pause(100);
};
