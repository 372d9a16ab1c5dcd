import type { HostClient } from './api/client';
import { inWindow } from './api/token';
import { focused } from './focus';

/** Copies text. Returns false where the page may not. In the window Go does it: no page there can by itself. */
export async function copy(text: string, client: Pick<HostClient, 'call'>): Promise<boolean> {
  try {
    if (inWindow(location)) await client.call('app.copy', { text });
    else await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/**
 * Copies what should not stay on the clipboard: the window clears it after 30 seconds. A browser
 * lets no page see whether something else was copied since, so there it stays.
 */
export async function copyBriefly(text: string, client: Pick<HostClient, 'call'>): Promise<boolean> {
  if (!inWindow(location)) return copy(text, client);
  try {
    await client.call('items.copy', { text });
    return true;
  } catch {
    return false;
  }
}

// Browsers that allow no such call still copy a selection.
function copyBySelection(text: string): boolean {
  const before = focused();
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('aria-hidden', 'true');
  area.style.position = 'fixed';
  area.style.opacity = '0';
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  before?.focus();
  return copied;
}

/** Gives text to the person as a file, in a browser. */
export function download(name: string, text: string): void {
  downloadFile(name, new Blob([text], { type: 'text/plain;charset=utf-8' }));
}

/** Gives a file to the person, in a browser. */
export function downloadFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1_000);
}
