// @vitest-environment jsdom
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { card, cards, noCard, withDialogs } from './page';

let button: HTMLButtonElement;
/** What the app has been told, press by press. */
let told: unknown[];

beforeAll(async () => {
  withDialogs();
  vi.useFakeTimers({ toFake: ['performance'] });
  const { standForDialogs } = await import('../../src/haex-page/dialogs');
  standForDialogs();
});
beforeEach(() => {
  told = [];
  button = document.createElement('button');
  document.body.append(button);
});
afterEach(() => {
  document.body.replaceChildren();
  vi.advanceTimersByTime(60_000); // nothing that was said or pressed lasts
});
afterAll(() => vi.useRealTimers());

const onPress = (ask: () => unknown) => button.addEventListener('click', () => told.push(ask()));

describe('confirm', () => {
  it('says no at once, and presses again once and only once when the person says yes', async () => {
    onPress(() => confirm('Delete it?'));
    button.click();
    expect(told).toEqual([false]);
    const shown = await card();
    expect(shown.text).toBe('Delete it?');
    shown.press('OK');
    await noCard();
    expect(told).toEqual([false, true]);

    // Another press is another question.
    button.click();
    expect(told).toEqual([false, true, false]);
    (await card()).press('Cancel');
    await noCard();
    expect(told).toEqual([false, true, false]);
  });

  it('presses nothing again when the person says no, or closes the card', async () => {
    onPress(() => confirm('Delete it?'));
    button.click();
    (await card()).press('Cancel');
    await noCard();
    button.click();
    (await card()).dialog.dispatchEvent(new Event('cancel'));
    await noCard();
    expect(told).toEqual([false, false]);
  });

  it('keeps an answer for its own question only', async () => {
    let question = 'Delete it?';
    onPress(() => confirm(question));
    button.click();
    const first = await card();
    question = 'Delete all?';
    first.press('OK');
    const second = await vi.waitFor(() => {
      const found = cards().find(({ text }) => text === 'Delete all?');
      if (!found) throw new Error('not asked');
      return found;
    });
    expect(told).toEqual([false, false]);
    second.press('Cancel');
    await noCard();
    expect(told).toEqual([false, false]);
  });

  it('presses nothing that is gone, and nothing that was pressed long before', async () => {
    onPress(() => confirm('Delete it?'));
    button.click();
    button.remove();
    (await card()).press('OK');
    await noCard();
    expect(told).toEqual([false]);

    document.body.append(button);
    vi.advanceTimersByTime(5_001); // what was said for the one that is gone is over
    button.click();
    (await card()).press('Cancel');
    await noCard();
    vi.advanceTimersByTime(2_001);
    expect(confirm('Later?')).toBe(false);
    (await card()).press('OK');
    await noCard();
    expect(told).toEqual([false, false]);
  });

  it('is not answered by what was said long ago', async () => {
    expect(confirm('Go on?')).toBe(false);
    (await card()).press('OK');
    await noCard();
    vi.advanceTimersByTime(5_001);
    expect(confirm('Go on?')).toBe(false);
    (await card()).press('Cancel');
    await noCard();
  });

  it('finds what was pressed within a shadow tree', async () => {
    const host = document.createElement('div');
    const inner = document.createElement('button');
    host.attachShadow({ mode: 'open' }).append(inner);
    document.body.append(host);
    inner.addEventListener('click', () => told.push(confirm('Delete it?')));
    inner.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
    (await card()).press('OK');
    await noCard();
    expect(told).toEqual([false, true]);
  });
});

describe('prompt', () => {
  it('says nothing at once, and what was typed when it is pressed again', async () => {
    onPress(() => prompt('Name?', 'old'));
    button.click();
    expect(told).toEqual([null]);
    const { dialog, press } = await card();
    const field = dialog.querySelector('input');
    expect(field?.value).toBe('old');
    if (field) field.value = 'new';
    press('OK');
    await noCard();
    expect(told).toEqual([null, 'new']);
  });

  it('takes an empty answer for one', async () => {
    onPress(() => prompt('Name?'));
    button.click();
    (await card()).press('OK');
    await noCard();
    expect(told).toEqual([null, '']);
  });

  it('is another question than confirm', async () => {
    expect(prompt('The same?')).toBeNull();
    (await card()).press('OK');
    await noCard();
    expect(confirm('The same?')).toBe(false);
    (await card()).press('Cancel');
    await noCard();
  });
});

describe('alert', () => {
  it('is said without a choice, and nothing is pressed again', async () => {
    onPress(() => alert('Saved.'));
    button.click();
    const { text, dialog, press } = await card();
    expect(text).toBe('Saved.');
    expect([...dialog.querySelectorAll('button')].map((one) => one.textContent)).toEqual(['OK']);
    press('OK');
    await noCard();
    expect(told).toEqual([undefined]);
  });

  it('waits for the one before', async () => {
    alert('one');
    alert('two');
    expect((await card()).text).toBe('one');
    (await card()).press('OK');
    await vi.waitFor(() => expect(cards().map(({ text }) => text)).toEqual(['two']));
    (await card()).press('OK');
    await noCard();
  });
});
