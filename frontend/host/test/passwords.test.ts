import { beforeEach, describe, expect, it } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import { HostError } from '../src/lib/api/errors';
import type { Item } from '../src/lib/api/items';
import { AccountDraft } from '../src/lib/state/accounts.svelte';
import { CodeState } from '../src/lib/state/code.svelte';
import { ItemDraft } from '../src/lib/state/item-draft.svelte';
import { PasswordsState } from '../src/lib/state/passwords.svelte';

const bank: Item = {
  id: 'b',
  title: 'Bank',
  username: 'ada',
  urls: ['https://bank.example'],
  tags: ['home', 'money'],
  created: 1,
  changed: 2,
  deleted: 0,
  password: 'hunter2',
  note: '',
  totp: null,
  fields: [{ name: 'PIN', value: '1234', hidden: true }],
};
const wiki: Item = { ...bank, id: 'w', title: 'Wiki', username: 'lovelace', urls: [], tags: ['work'] };

let kept: Item[];
let calls: [string, Record<string, unknown>][];
let refusal: Error | undefined;

const answer = (method: string, params: Record<string, unknown>): unknown => {
  switch (method) {
    case 'items.list':
      return {
        items: kept.map((i) => ({ ...i, hasPassword: true, hasTotp: false })),
        tags: [...new Set(kept.flatMap((i) => i.tags))].map((name) => ({ name, items: 1 })),
      };
    case 'items.get':
      return { item: [bank, wiki].find((i) => i.id === params.id) };
    case 'items.delete':
      kept = kept.filter((i) => i.id !== params.id);
      return {};
    case 'items.restore':
      kept = [bank, wiki];
      return {};
    case 'items.create':
      return { id: 'w' };
    case 'items.generate':
      return { password: 'made' };
    case 'items.code':
      return { code: '012345', period: 30, until: 60_000 };
    default:
      return {};
  }
};
const client = {
  call: (method: string, params: Record<string, unknown> = {}) => {
    calls.push([method, params]);
    return refusal ? Promise.reject(refusal) : Promise.resolve(answer(method, params));
  },
} as unknown as HostClient;
const sent = (method: string) => calls.filter(([name]) => name === method).map(([, params]) => params);

beforeEach(() => {
  kept = [bank, wiki];
  calls = [];
  refusal = undefined;
});

async function loaded(): Promise<PasswordsState> {
  const page = new PasswordsState(client);
  await page.load();
  return page;
}

describe('the list of items', () => {
  it('is filtered by every word, wherever it is shown, and by a tag', async () => {
    const page = await loaded();
    const titles = () => page.shown.map((i) => i.title);
    expect(titles()).toEqual(['Bank', 'Wiki']);
    for (const [search, found] of [
      ['bank.example', ['Bank']],
      ['WIKI love', ['Wiki']],
      ['money ada', ['Bank']],
      ['bank work', []],
      ['hunter2', []],
    ] as const) {
      page.search = search;
      expect(titles(), search).toEqual(found);
    }
    page.search = '';
    page.tag = 'work';
    expect(titles()).toEqual(['Wiki']);
  });

  it('has what was deleted back at once', async () => {
    const page = await loaded();
    await page.open('b');
    expect(await page.delete()).toBe(true);
    expect([page.item, page.gone?.title, page.items.length]).toEqual([null, 'Bank', 1]);
    expect(await page.undo()).toBe(true);
    expect([page.item?.title, page.gone, page.items.length]).toEqual(['Bank', null, 2]);
    expect(sent('items.restore')).toEqual([{ id: 'b' }]);
  });

  it('forgets a tag that is not there any more', async () => {
    const page = await loaded();
    page.tag = 'work';
    kept = [bank];
    await page.load();
    expect(page.tag).toBe('');
    expect(page.shown.length).toBe(1);
  });
});

describe('writing an item', () => {
  it('tells only what was changed of one that there is', async () => {
    const page = await loaded();
    await page.open('b');
    page.edit();
    if (!page.draft) throw new Error('no draft');
    page.draft.password = 'other';
    page.draft.tags = ' money,  home,, new ';
    await page.save();
    expect(sent('items.update')).toEqual([{ id: 'b', password: 'other', tags: ['money', 'home', 'new'] }]);
    expect(page.draft).toBeNull();
  });

  it('begins with the tag that is looked at, and keeps what was refused', async () => {
    const page = await loaded();
    page.tag = 'work';
    page.add();
    if (!page.draft) throw new Error('no draft');
    page.draft.title = ' New ';
    page.draft.urls = 'https://a.example\n\n https://b.example ';
    page.draft.addField();
    refusal = new HostError('items.totp', 'No.');
    expect(await page.save()).toBe(false);
    expect([page.error?.code, page.draft.title]).toEqual(['items.totp', ' New ']);
    refusal = undefined;
    await page.save();
    expect(sent('items.create')[1]).toEqual({
      title: 'New',
      username: '',
      password: '',
      urls: ['https://a.example', 'https://b.example'],
      note: '',
      tags: ['work'],
      totp: '',
      fields: [],
    });
  });

  it('puts a password that was made into the field', async () => {
    const page = await loaded();
    page.add();
    await page.generate({ words: 6 });
    expect(page.draft?.password).toBe('made');
  });

  it('changes no field of the item that is shown', () => {
    const draft = new ItemDraft(bank);
    if (draft.fields[0]) draft.fields[0].value = 'x';
    expect(bank.fields[0]?.value).toBe('1234');
    draft.removeField(0);
    expect(draft.change()).toEqual({ fields: [] });
  });
});

describe('a one-time code', () => {
  it('is asked for again when it has ended, and not before', async () => {
    const codes = new CodeState(client, 'b');
    await codes.follow(31_000);
    await codes.follow(59_999);
    expect([codes.left(31_000), codes.left(59_999), codes.left(61_000)]).toEqual([29, 1, 0]);
    expect(sent('items.code').length).toBe(1);
    await codes.follow(60_000);
    expect(sent('items.code').length).toBe(2);
  });

  it('is not asked for over and over where it cannot be made', async () => {
    refusal = new HostError('items.no_codes', 'None.');
    const codes = new CodeState(client, 'b');
    await codes.follow(1);
    await codes.follow(2);
    expect(calls.length).toBe(1);
    expect(codes.error?.code).toBe('items.no_codes');
  });
});

describe('writing an account', () => {
  it('guesses servers that are not written, and the port of an encryption', () => {
    const draft = new AccountDraft(null);
    draft.guess();
    expect(draft.imap.host).toBe('');
    draft.address = 'ada@example.com';
    draft.smtp.host = 'mail.example.com';
    draft.guess();
    expect([draft.imap.host, draft.smtp.host]).toEqual(['imap.example.com', 'mail.example.com']);
    draft.secure('smtp', 'startTls');
    expect(draft.smtp).toEqual({ host: 'mail.example.com', port: 587, security: 'startTls' });
    draft.smtp.port = 2525;
    draft.secure('smtp', 'tls');
    expect(draft.smtp.port).toBe(2525);
  });
});
