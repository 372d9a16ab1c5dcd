// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Host, fresh } from './page';

const post = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'postMessage');
const question = {
  code: 1004,
  message: 'The person is asked.',
  resourceType: 'web',
  action: 'fetch',
  target: 'https://a.example/x',
};
const { resourceType, action, target } = question;
const resolved = (decision: string, more: object = {}) => ({
  type: 'extension:permission-resolved',
  data: { resourceType, action, target, decision, ...more },
});

let host: Host;
let call: (method: string, params: object) => Promise<unknown>;
beforeEach(async () => {
  const port = await fresh(() => import('../../src/haex-page/port'));
  call = port.call;
  port.findPort();
  host = new Host();
});
afterEach(() => {
  host.end();
  if (post) Object.defineProperty(MessagePort.prototype, 'postMessage', post);
});

describe('the port of the SDK', () => {
  it('carries calls of the page, which have ids of their own', async () => {
    host.accept();
    const first = call('a', { x: 1 });
    const second = call('b', {});
    await host.answer(2, { result: 'two' });
    await host.answer(1, { result: 'one' });
    expect([await first, await second]).toEqual(['one', 'two']);
    expect(host.calls).toMatchObject([
      { id: 'page_1', method: 'a', params: { x: 1 } },
      { id: 'page_2', method: 'b' },
    ]);
  });

  it('is waited for', async () => {
    const early = call('a', {});
    host.accept();
    await host.answer(1, { result: 7 });
    expect(await early).toBe(7);
  });

  it('is left as it was when it has been found', () => {
    host.accept();
    expect(Object.getOwnPropertyDescriptor(MessagePort.prototype, 'postMessage')?.value).toBe(post?.value);
  });

  it('hears answers to the SDK and lets them pass', async () => {
    host.accept();
    const mine = call('a', {});
    await host.called();
    host.say({ id: 'req_1', result: 'the SDK’s' });
    await host.answer(1, { result: 'mine' });
    expect(await mine).toBe('mine');
  });

  it('gives the host’s error with its number', async () => {
    host.accept();
    const failed = call('a', {});
    await host.answer(1, { error: { code: 2005, message: 'Not reached.' } });
    await expect(failed).rejects.toMatchObject({ message: 'Not reached.', code: 2005 });
  });
});

describe('a call that the person is asked about', () => {
  beforeEach(() => host.accept());

  it('is made again when they allow it', async () => {
    const asked = call('a', { x: 1 });
    await host.answer(1, { error: question });
    host.say(resolved('granted'));
    await host.answer(2, { result: 'done' });
    expect(await asked).toBe('done');
    expect(host.calls.map(({ method, params }) => [method, params])).toEqual([
      ['a', { x: 1 }],
      ['a', { x: 1 }],
    ]);
  });

  it('fails when they do not', async () => {
    const asked = call('a', {});
    await host.answer(1, { error: question });
    host.say(resolved('denied'));
    await expect(asked).rejects.toMatchObject({ code: 1002 });
    expect(host.calls).toHaveLength(1);
  });

  it('does not take the answer to another question', async () => {
    const asked = call('a', {});
    await host.answer(1, { error: question });
    host.say(resolved('denied', { target: 'https://b.example/x' }));
    host.say(resolved('granted'));
    await host.answer(2, { result: 'done' });
    expect(await asked).toBe('done');
  });

  it('goes on with all others that ask the same', async () => {
    const both = Promise.all([call('a', {}), call('b', {})]);
    await host.answer(1, { error: question });
    await host.answer(2, { error: question });
    host.say(resolved('granted'));
    await host.answer(3, { result: 1 });
    await host.answer(4, { result: 2 });
    expect(await both).toEqual([1, 2]);
  });

  it('is asked about three times at most', async () => {
    const asked = call('a', {});
    for (const n of [1, 2, 3]) {
      await host.answer(n, { error: question });
      host.say(resolved('granted'));
    }
    await host.answer(4, { error: question });
    await expect(asked).rejects.toMatchObject({ code: 1004 });
    expect(host.calls).toHaveLength(4);
  });
});
