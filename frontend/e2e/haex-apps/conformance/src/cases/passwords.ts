// The vault's passwords, by a tag that the person allows.
import { absent, code, isDate, isText, nothing, type Case } from '../case';

const item = ({ found }: { found: Record<string, string> }) => found.item ?? '';

export const passwords: Case[] = [
  {
    sdk: 'passwords.createAsync',
    person: [{ do: 'answer', about: 'change .*passwords', choice: 'While open' }],
    run: async (s, { found }) => {
      found.item = await s.passwords.createAsync({
        title: 'Mail',
        username: 'ada',
        password: 'hunter2',
        note: 'n',
        url: 'https://a.example',
        otpSecret: 'JBSWY3DPEHPK3PXP',
        tags: ['work'],
        keyValues: [{ key: 'PIN', value: '1234' }],
      });
      return found.item;
    },
    expect: isText,
  },
  {
    sdk: 'passwords.listAsync',
    what: 'without secrets',
    run: (s) => s.passwords.listAsync(),
    expect: (got: unknown) =>
      JSON.stringify(got).includes('"title":"Mail"') &&
      JSON.stringify(got).includes('https://a.example') &&
      !/hunter2|1234|JBSWY/.test(JSON.stringify(got)),
  },
  {
    sdk: 'passwords.readAsync',
    run: (s, given) => s.passwords.readAsync(item(given)),
    expect: {
      title: 'Mail',
      username: 'ada',
      password: 'hunter2',
      note: 'n',
      url: 'https://a.example',
      otpSecret: 'JBSWY3DPEHPK3PXP',
      otpDigits: 6,
      otpPeriod: 30,
      tags: ['work'],
      keyValues: [{ id: '0', key: 'PIN', value: '1234' }],
      createdAt: isDate,
      icon: absent,
    },
  },
  {
    sdk: 'passwords.updateAsync',
    what: 'is of the whole item',
    run: async (s, given) => {
      await s.passwords.updateAsync(item(given), {
        title: 'Mail',
        password: 'other',
        tags: ['work', 'more'],
      });
      return s.passwords.readAsync(item(given));
    },
    expect: { password: 'other', tags: ['more', 'work'], keyValues: [], otpSecret: absent, username: absent },
  },
  {
    sdk: 'passwords.updateAsync',
    what: 'out of what is allowed',
    run: (s, given) => s.passwords.updateAsync(item(given), { title: 'Mail', tags: ['more'] }),
    expect: code(1002, 'items.scope'),
  },
  {
    sdk: 'passwords.createAsync',
    what: 'without a tag',
    run: (s) => s.passwords.createAsync({ title: 't', tags: [] }),
    expect: (got: { code: number }) => got.code === 3001,
  },
  {
    sdk: 'passwords.createAsync',
    what: 'out of what is declared',
    run: (s) => s.passwords.createAsync({ title: 't', tags: ['else'] }),
    expect: (got: { code: number }) => got.code === 1002,
  },
  { sdk: 'passwords.deleteAsync', run: (s, given) => s.passwords.deleteAsync(item(given)), expect: nothing },
  {
    sdk: 'passwords.readAsync',
    what: 'of what is deleted',
    run: (s, given) => s.passwords.readAsync(item(given)),
    expect: code(1001, 'items.not_found'),
  },
  {
    sdk: 'passwords.deleteAsync',
    what: 'a second time',
    run: (s, given) => s.passwords.deleteAsync(item(given)),
    expect: code(1001, 'items.not_found'),
  },
];
