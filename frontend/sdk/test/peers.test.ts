import { describe, expect, it } from 'vitest';
import { PeerRefusal } from '../src/index.ts';
import { connected, type FakeHost, type Request } from './fakehost.ts';

const caller = { id: 'ab.feeds', title: 'Feeds' };

/** A host with questions to be taken, which notes the answers. */
function asking() {
  const questions: object[] = [];
  const answers: Record<string, unknown>[] = [];
  const answer = (request: Request) => {
    if (request.method === 'peers.take') return { questions: questions.splice(0) };
    if (request.method === 'peers.answer') answers.push(request.params);
    return {};
  };
  let next = 0;
  const ask = (host: FakeHost, question: object) => {
    questions.push({ question: ++next, kind: 'call', item: '', params: null, caller, ...question });
    host.port.postMessage({ type: 'event', name: 'peers.asked', data: {} });
  };
  const answered = async (host: FakeHost, count: number) => {
    for (let seen = 1; answers.length < count; seen++) await host.received(seen);
    return answers;
  };
  return { answer, ask, answered };
}

describe('peers', () => {
  it('calls another extension', async () => {
    const { host, vault } = await connected((request) => ({ value: request.params.target }));
    expect(await vault.peers.call('ab.passwords/find', { title: 'mail' })).toBe('ab.passwords/find');
    expect(host.requests[0]?.params.params).toEqual({ title: 'mail' });
  });

  it('answers what it is asked, and refuses in its own words', async () => {
    const { answer, ask, answered } = asking();
    const { host, vault } = await connected(answer);
    vault.peers.handle('find', (params, from) => {
      if (params === 'none') throw new PeerRefusal('not_found', 'There is none.');
      if (params === 'bug') throw new Error('a secret of its own');
      return `${String(params)} for ${from.title}`;
    });
    ask(host, { method: 'find', params: 'mail' });
    ask(host, { method: 'find', params: 'none' });
    ask(host, { method: 'find', params: 'bug' });
    ask(host, { method: 'lose' });
    const answers = await answered(host, 4);
    const byQuestion = [...answers].sort((a, b) => Number(a.question) - Number(b.question));
    expect(byQuestion).toEqual([
      { question: 1, value: 'mail for Feeds' },
      { question: 2, code: 'not_found', message: 'There is none.' },
      { question: 3, code: 'failed', message: '' },
      { question: 4, code: 'not_handled', message: 'nothing answers lose' },
    ]);
  });

  it('offers items, and gives the one that was chosen', async () => {
    const { answer, ask, answered } = asking();
    const { host, vault } = await connected(answer);
    vault.peers.offer('choose', {
      list: () => [{ id: '7', label: 'mail' }],
      give: (id) => ({ name: id }),
    });
    ask(host, { method: 'choose', kind: 'list' });
    ask(host, { method: 'choose', kind: 'give', item: '7' });
    expect(await answered(host, 2)).toEqual([
      { question: 1, value: [{ id: '7', label: 'mail' }] },
      { question: 2, value: { name: '7' } },
    ]);
  });
});
