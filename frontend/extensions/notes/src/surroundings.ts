import type { Context } from '@alcove/sdk';
import type { Desk } from './state/desk.svelte.ts';

/** Takes theme, language and the wish for less motion from the host. */
export function follow(context: Pick<Context, 'theme' | 'locale' | 'reducedMotion'>, desk: Desk) {
  const root = document.documentElement;
  root.dataset.theme = context.theme;
  root.lang = 'en'; // the language of the texts, whatever the host's is
  root.toggleAttribute('data-still', context.reducedMotion);
  desk.library.locale = context.locale;
}
