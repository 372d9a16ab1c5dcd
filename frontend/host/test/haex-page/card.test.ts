// @vitest-environment jsdom
import { beforeEach, expect, it, vi } from 'vitest';
import { card, fresh, noCard, withDialogs } from './page';

let show: (card: { text: string; field?: string; choice?: boolean }) => Promise<true | string | null>;
beforeEach(async () => {
  withDialogs();
  ({ show } = await fresh(() => import('../../src/haex-page/card')));
});

it('is named by its words, which are text, and begins on yes', async () => {
  const answer = show({ text: '<b>Delete</b>?', choice: true });
  const { dialog, press } = await card();
  const root = dialog.getRootNode() as ShadowRoot;
  expect(root.getElementById(dialog.getAttribute('aria-labelledby') ?? '')?.textContent).toBe(
    '<b>Delete</b>?',
  );
  expect(dialog.querySelector('b')).toBeNull();
  expect(root.activeElement?.textContent).toBe('OK');
  press('OK');
  expect(await answer).toBe(true);
  await noCard();
});

it('begins in its field, whose Enter is yes', async () => {
  const answer = show({ text: 'Name?', field: 'a', choice: true });
  const { dialog } = await card();
  const field = dialog.querySelector('input') as HTMLInputElement;
  expect((dialog.getRootNode() as ShadowRoot).activeElement).toBe(field);
  field.value = 'b';
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  expect(await answer).toBe('b');
});

it('keeps what is typed in it from the page', async () => {
  const heard = vi.fn();
  document.documentElement.addEventListener('keydown', heard);
  const answer = show({ text: 'Name?', field: '' });
  const { dialog, press } = await card();
  const typed = new KeyboardEvent('keydown', { key: 'd', bubbles: true, composed: true });
  dialog.querySelector('input')?.dispatchEvent(typed);
  document.documentElement.removeEventListener('keydown', heard);
  expect(heard).not.toHaveBeenCalled();
  press('OK');
  await answer;
});

it('takes closing it for no', async () => {
  const answer = show({ text: 'Name?', field: 'a', choice: true });
  (await card()).dialog.dispatchEvent(new Event('cancel'));
  expect(await answer).toBeNull();
  await noCard();
});
