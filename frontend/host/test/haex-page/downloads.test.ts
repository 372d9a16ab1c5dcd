// @vitest-environment jsdom
import { Blob as EngineBlob } from 'node:buffer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Host, card, noCard, withDialogs } from './page';

const host = new Host();

beforeAll(async () => {
  withDialogs();
  globalThis.Blob = EngineBlob as typeof Blob; // jsdom’s gives no bytes
  let made = 0;
  URL.createObjectURL = () => `blob:null/${String(++made)}`;
  URL.revokeObjectURL = () => undefined;
  const { findPort } = await import('../../src/haex-page/port');
  const { standForDownloads } = await import('../../src/haex-page/downloads');
  findPort();
  standForDownloads();
  host.accept();
});
afterEach(() => {
  host.calls.length = 0;
  document.body.replaceChildren();
});
afterAll(() => host.end());

function link(href: string, attributes: Record<string, string> = {}): HTMLAnchorElement {
  const made = document.createElement('a');
  made.href = href;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
const shown = (made: HTMLAnchorElement) => {
  document.body.append(made);
  return made;
};
/** A press of a person; whether the engine would have followed the link. */
const press = (on: Element) =>
  on.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, composed: true }));
const saved = async (n = 1) => {
  const { method, params } = await host.answer(n, { result: null });
  return [method, [...(params.data as Uint8Array)], params.defaultPath];
};
const blob = (text: string) => URL.createObjectURL(new Blob([text]));

describe('a download', () => {
  it('is saved where the person says, by the name that the link has', async () => {
    expect(press(shown(link(blob('ab'), { download: 'plan.ics' })))).toBe(false);
    expect(await saved()).toEqual(['extension_filesystem_save_file', [97, 98], 'plan.ics']);
  });

  it('is saved from a link that is in no page, and whose address is given back at once', async () => {
    const address = blob('c');
    const made = link(address, { download: 'a.txt' });
    made.click();
    URL.revokeObjectURL(address);
    expect(await saved()).toEqual(['extension_filesystem_save_file', [99], 'a.txt']);

    link(blob('d'), { download: 'b.txt' }).dispatchEvent(new MouseEvent('click'));
    expect(await saved(2)).toEqual(['extension_filesystem_save_file', [100], 'b.txt']);
  });

  it('is saved from the text of an address, named by its path where it has no name', async () => {
    press(shown(link('data:text/plain,hi', { download: 'hi.txt' })));
    expect(await saved()).toEqual(['extension_filesystem_save_file', [104, 105], 'hi.txt']);
    const address = blob('e');
    press(shown(link(address, { download: '' })));
    expect((await saved(2))[2]).toBe(address.split('/').at(-1));
  });

  it('says why it was not saved', async () => {
    press(shown(link(blob('x'), { download: 'x' })));
    await host.answer(1, { error: { code: 7000, message: 'It is larger than 8 MB.' } });
    const { text, press: answer } = await card();
    expect(text).toBe('It is larger than 8 MB.');
    answer('OK');
    await noCard();
  });

  it('is found around what was pressed', async () => {
    const made = shown(link(blob('f'), { download: 'f.txt' }));
    const inner = document.createElement('span');
    made.append(inner);
    expect(press(inner)).toBe(false);
    expect((await saved())[2]).toBe('f.txt');
  });
});

describe('a link to another host', () => {
  it('is opened by a call, and the page says why where it is not', async () => {
    expect(press(shown(link('https://other.example/page', { target: '_blank' })))).toBe(false);
    const { method, params } = await host.answer(1, { error: { code: 8001, message: 'No browser here.' } });
    expect([method, params]).toEqual(['extension_web_open', { url: 'https://other.example/page' }]);
    const { text, press: answer } = await card();
    expect(text).toBe('No browser here.');
    answer('OK');
    await noCard();
  });

  it('is opened for window.open, which gives no window', async () => {
    expect(window.open('https://other.example/a')).toBeNull();
    expect((await host.answer(1, { result: null })).params).toEqual({ url: 'https://other.example/a' });
  });

  it('is the app’s own where the app has dealt with it', async () => {
    const made = shown(link('https://other.example/page'));
    made.addEventListener('click', (event) => event.preventDefault());
    press(made);
    window.open('https://other.example/last');
    expect((await host.called()).params).toEqual({ url: 'https://other.example/last' });
  });
});

it('leaves links within the app to the engine', async () => {
  expect(press(shown(link('#/notes')))).toBe(true);
  window.open('./other.html');
  window.open();
  window.open('https://other.example/last');
  expect((await host.called()).params).toEqual({ url: 'https://other.example/last' });
});
