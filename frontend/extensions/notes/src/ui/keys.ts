// Keys that work anywhere in Notes. The vault's own (Ctrl L, K, W, O, comma,
// 1–9, F6, Ctrl Shift P) are left alone.

import type { Desk } from '../state/desk.svelte.ts';

export function globalKeys(event: KeyboardEvent, desk: Desk): void {
  if (event.defaultPrevented || desk.dialog) return;
  const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const alt = event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if ((command && event.key === 'n') || (alt && event.code === 'KeyN')) {
    void desk.write();
  } else if (command && event.key === 'f') {
    desk.pane = 'list';
    desk.ask('search');
  } else if (command && event.key === 'e') {
    show(desk, desk.mode === 'read' ? 'write' : 'read');
  } else if (command && event.key === 'p') {
    show(desk, desk.mode === 'both' ? 'write' : 'both');
  } else if (event.key === 'Escape') {
    escape(desk);
  } else {
    return;
  }
  event.preventDefault();
}

function show(desk: Desk, mode: Desk['mode']): void {
  if (!desk.note || desk.note.trashedAt !== null) return;
  desk.mode = mode;
  desk.remember();
  if (mode !== 'read') desk.ask('text');
}

function escape(desk: Desk): void {
  if (desk.drawer) desk.drawer = false;
  else if (desk.library.query !== '') desk.library.query = '';
  else desk.pane = 'list';
  desk.ask('list');
}
