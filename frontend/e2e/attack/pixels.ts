// What is on the screen, where it is the frame's and where it is the host's.
import type { Rect } from '../window/harness';
import { run } from '../window/desktop';

const colour = '#ff00ff';

/**
 * Runs in the host page: what an app uses up moves the host's own meters, and
 * that is no drawing of the app's.
 */
export const hideMeters = `
  if (!window.metersHidden) {
    window.metersHidden = true;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.QuotaMeters { visibility: hidden }');
    document.adoptedStyleSheets.push(sheet);
  }
`;

/** The smallest rectangle that holds everything in the colour that fake prompts have, or null. */
export async function painted(picture: string): Promise<Rect | null> {
  const only = ['-alpha', 'off', '-fill', 'black', '+opaque', colour];
  const { stdout } = await run('convert', [picture, ...only, '-format', '%@ %[fx:maxima]', 'info:']);
  const [, width, height, x, y, any] = /^(\d+)x(\d+)\+(\d+)\+(\d+) (\S+)$/.exec(stdout.trim()) ?? [];
  if (any === undefined || Number(any) === 0) return null;
  return { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
}

/** How many pixels outside of a rectangle differ between two pictures. */
export async function changedOutside(before: string, after: string, r: Rect): Promise<number> {
  const [x, y] = [Math.floor(r.x), Math.floor(r.y)];
  const mask = `rectangle ${String(x)},${String(y)} ${String(Math.ceil(r.x + r.width))},${String(Math.ceil(r.y + r.height))}`;
  const one = (file: string) => ['(', file, '-alpha', 'off', '-fill', 'black', '-draw', mask, ')'];
  // compare ends with 1 when the pictures differ, and says by how much either way.
  const args = [
    ...one(before),
    ...one(after),
    '-metric',
    'AE',
    '-compare',
    '-format',
    '%[distortion]',
    'info:',
  ];
  const { stdout } = await run('convert', args);
  return Number(stdout.trim());
}

/** Whether a rectangle lies in another one. */
export const within = (inner: Rect, outer: Rect) =>
  inner.x >= Math.floor(outer.x) &&
  inner.y >= Math.floor(outer.y) &&
  inner.x + inner.width <= Math.ceil(outer.x + outer.width) &&
  inner.y + inner.height <= Math.ceil(outer.y + outer.height);
