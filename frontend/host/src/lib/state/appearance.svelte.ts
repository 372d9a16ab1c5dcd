import type { Theme } from '../api/schema';

/** Light or dark, and whether things may move. Follows the system unless told otherwise. */
export class Appearance {
  #dark = matchMedia('(prefers-color-scheme: dark)');
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  #systemDark = $state(false);
  reducedMotion = $state(false);
  theme = $state<Theme>('system');
  readonly effective = $derived<'light' | 'dark'>(
    this.theme === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.theme,
  );

  constructor() {
    this.#systemDark = this.#dark.matches;
    this.reducedMotion = this.#still.matches;
    this.#dark.addEventListener('change', (event) => (this.#systemDark = event.matches));
    this.#still.addEventListener('change', (event) => (this.reducedMotion = event.matches));
  }

  set(theme: Theme): void {
    this.theme = theme;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}
