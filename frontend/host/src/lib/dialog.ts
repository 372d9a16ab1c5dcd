/** A dialog has the keyboard for itself, but for locking. */
export function dialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null;
}
