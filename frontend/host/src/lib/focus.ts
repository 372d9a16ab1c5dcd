import { tick } from 'svelte';

/** What has the focus, also where that is an app's frame in its shadow tree. */
export function focused(): HTMLElement | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement ? at : null;
}

/** Gives an element the focus as it comes into the page: {@attach takeFocus}. */
export function takeFocus(node: HTMLElement): void {
  node.focus();
}

/** The same, unless something else has it. */
export function takeLooseFocus(node: HTMLElement): void {
  if (document.activeElement === document.body) node.focus();
}

/** Goes back to a field whose content was refused, and selects that, once it can be typed in again. */
export async function backTo(input: HTMLInputElement | HTMLTextAreaElement | undefined): Promise<void> {
  await tick();
  input?.focus();
  input?.select();
}
