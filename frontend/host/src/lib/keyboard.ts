import { dialogOpen } from './dialog';
import type { Host } from './host.svelte';

/** Keys of the page. In the window Go catches most of them before the page does. */
export function onKey(host: Host, event: KeyboardEvent): void {
  const command = navigator.platform.startsWith('Mac') ? event.metaKey : event.ctrlKey;
  if (event.key === 'F6' && !command && !event.altKey) {
    event.preventDefault();
    host.key('switch_region');
    return;
  }
  if (!command || event.altKey || event.shiftKey) return;
  if (event.key.toLowerCase() === 'l') {
    event.preventDefault();
    void host.lock();
    return;
  }
  if (host.state?.phase !== 'unlocked' || host.setup !== null || dialogOpen()) return;
  const act = action(host, event);
  if (act === undefined) return;
  event.preventDefault();
  act();
}

function action(host: Host, event: KeyboardEvent): (() => void) | undefined {
  if (/^[1-9]$/.test(event.key)) return () => host.key(`tab_${event.key}`);
  switch (event.key.toLowerCase()) {
    case 'w':
      return () => host.key('close_tab');
    case 'k':
      return () => host.key('palette');
    case 'tab':
      return () => host.key('next_tab');
    case 'o':
      return () => void host.reviews.pick();
    case ',':
      return () => host.tabs.show({ kind: 'settings', page: 'security' });
    default:
      return undefined;
  }
}

/** How long letters that are typed into a list belong together, in milliseconds. */
const together = 700;

/** Finds rows by the letters that their names begin with; returns -1 where there is none. */
export function typeahead(
  now: () => number = () => performance.now(),
): (letter: string, names: readonly string[], at: number) => number {
  let typed = '';
  let last = -Infinity;
  return (letter, names, at) => {
    typed = now() - last > together ? letter : typed + letter;
    last = now();
    const want = typed.toLowerCase();
    // One letter goes on from where it is; more letters narrow down.
    const from = typed.length === 1 ? at + 1 : Math.max(0, at);
    for (let i = 0; i < names.length; i += 1) {
      const row = (from + i) % names.length;
      if (names[row]?.toLowerCase().startsWith(want)) return row;
    }
    return -1;
  };
}
