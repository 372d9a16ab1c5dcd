/**
 * Puts an app's frame into a shadow tree below place. Frames in shadow trees are
 * no members of the page's `frames`: no app can count the others, post to them,
 * or notice when one is opened.
 */
export function shadowFrame(
  place: HTMLElement,
  app: { title: string; src: string; sandbox: string },
  onload: () => void,
): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', app.sandbox);
  frame.title = app.title;
  frame.src = app.src;
  frame.onload = onload;
  frame.style.cssText = 'display: block; width: 100%; height: 100%; border: 0; color-scheme: normal';
  place.attachShadow({ mode: 'open' }).append(frame);
  return frame;
}
