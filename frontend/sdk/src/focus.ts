// A dialog of the host makes the frame inert, and an engine then forgets which
// element had the focus in it. When the frame gets the focus back, so does the
// element.

/** Follows the focus in a document. */
export function keepFocus(page: Document, view: EventTarget): void {
  let last: HTMLElement | undefined;
  page.addEventListener('focusin', (event) => {
    last = event.target instanceof HTMLElement ? event.target : undefined;
  });
  page.addEventListener('focusout', () => {
    // Taken away while the frame keeps the focus, which it still has here in any case: that was meant.
    setTimeout(() => {
      if (page.hasFocus() && page.activeElement === page.body) last = undefined;
    });
  });
  view.addEventListener('focus', () => {
    if (last?.isConnected && page.activeElement === page.body) last.focus();
  });
}
