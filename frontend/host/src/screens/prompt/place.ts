const width = 428;
const margin = 8;

/**
 * Where a question hangs: from the shield of the app that asks, or from its tab
 * while another one is in front. Both are chrome of the host.
 */
export function hangingPlace(id: string): { left: number; top: number } {
  const bar = document.querySelector('.HostBar');
  const shield = bar?.getAttribute('data-app') === id ? bar.querySelector('.ShieldButton') : null;
  const tab = [...document.querySelectorAll('.TabStrip [role="tab"]')].find(
    (other) => other.getAttribute('data-app') === id,
  );
  const from = shield ?? tab ?? document.querySelector('.TabStrip');
  const box = from?.getBoundingClientRect();
  const strip = document.querySelector('.TabStrip')?.getBoundingClientRect();
  const left = Math.max(margin, Math.min(box?.left ?? margin, innerWidth - width - margin));
  return { left, top: (strip?.bottom ?? 40) + 2 };
}
