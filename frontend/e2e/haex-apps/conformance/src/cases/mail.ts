// Mail, through the account that the vault has at this server.
import { code, nothing, type Case, type Given } from '../case';

const message = ({ imap }: Given) => ({
  from: { email: imap.username, name: 'Ada' },
  to: [{ email: 'b@example.org', name: 'Bob' }],
  subject: 'Hello',
  bodyText: 'Hi',
});
const latest = { type: 'latest' as const, count: 5 };

export const mail: Case[] = [
  {
    sdk: 'mail.listMailboxesAsync',
    person: [{ do: 'answer', about: 'mail', choice: 'While open' }],
    run: (s, { imap }) => s.mail.listMailboxesAsync(imap, { pattern: '*', includeStatus: true }),
    expect: [{ name: 'INBOX' }, { name: 'Sent' }],
  },
  {
    sdk: 'mail.buildRfc822Async',
    run: async (s, given) => {
      given.found.message = await s.mail.buildRfc822Async(given.imap.host, message(given));
      return atob(given.found.message);
    },
    expect: (got: unknown) => /^Subject: Hello\r$/m.test(String(got)) && /<b@example\.org>/.test(String(got)),
  },
  {
    sdk: 'mail.appendMessageAsync',
    run: (s, { imap, found }) => s.mail.appendMessageAsync(imap, 'INBOX', found.message ?? '', ['\\Draft']),
    expect: nothing,
  },
  {
    sdk: 'mail.fetchEnvelopesAsync',
    run: (s, { imap }) => s.mail.fetchEnvelopesAsync(imap, 'INBOX', latest),
    expect: [
      {
        uid: 1,
        flags: ['\\Draft'],
        subject: 'Hello',
        from: [{ email: 'ada@example.com', name: 'Ada' }],
        to: [{ email: 'b@example.org', name: 'Bob' }],
        references: [],
      },
    ],
  },
  {
    sdk: 'mail.fetchMessageAsync',
    run: (s, { imap }) => s.mail.fetchMessageAsync(imap, 'INBOX', 1),
    expect: {
      envelope: { uid: 1 },
      bodyText: (got: unknown) => String(got).trim() === 'Hi',
      attachments: [],
    },
  },
  {
    sdk: 'mail.setFlagsAsync',
    run: async (s, { imap }) => {
      await s.mail.setFlagsAsync(imap, 'INBOX', [1], ['\\Seen'], true);
      const [first] = await s.mail.fetchEnvelopesAsync(imap, 'INBOX', latest);
      return first?.flags.toSorted();
    },
    expect: ['\\Draft', '\\Seen'],
  },
  {
    sdk: 'mail.moveMessagesAsync',
    run: async (s, { imap }) => {
      await s.mail.moveMessagesAsync(imap, 'INBOX', 'Sent', [1]);
      return s.mail.fetchEnvelopesAsync(imap, 'INBOX', latest);
    },
    expect: [],
  },
  {
    sdk: 'mail.sendMessageAsync',
    person: [{ do: 'answer', about: 'mail', choice: 'While open' }],
    run: (s, given) => s.mail.sendMessageAsync(given.imap, message(given)),
    expect: (got: unknown) => /^[^<>@]+@example\.com$/.test(String(got)),
  },
  {
    sdk: 'mail.sendMessageAsync',
    what: 'in another’s name',
    run: (s, given) =>
      s.mail.sendMessageAsync(given.imap, { ...message(given), from: { email: 'eve@example.org' } }),
    expect: code(3001, 'mail.sender'),
  },
  {
    sdk: 'mail.listMailboxesAsync',
    what: 'of an account that the vault has not',
    run: (s, { imap }) => s.mail.listMailboxesAsync({ ...imap, username: 'eve' }),
    expect: code(1001, 'items.no_account'),
  },
  {
    sdk: 'mail.listMailboxesAsync',
    what: 'of a server that is not declared',
    run: (s, { imap }) => s.mail.listMailboxesAsync({ ...imap, host: 'example.net' }),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'mail.fetchEnvelopesAsync',
    what: 'of no folder',
    run: (s, { imap }) => s.mail.fetchEnvelopesAsync(imap, 'None', latest),
    expect: code(1001, 'mail.no_folder'),
  },
  {
    sdk: 'mail.fetchMessageAsync',
    what: 'of no message',
    run: (s, { imap }) => s.mail.fetchMessageAsync(imap, 'INBOX', 7),
    expect: code(1001, 'mail.no_message'),
  },
  {
    sdk: 'mail.setFlagsAsync',
    what: 'to what is no flag',
    run: (s, { imap }) => s.mail.setFlagsAsync(imap, 'Sent', [1], ['a b'], true),
    expect: code(3001, 'mail.flag'),
  },
  {
    sdk: 'mail.moveMessagesAsync',
    what: 'to no folder',
    run: (s, { imap }) => s.mail.moveMessagesAsync(imap, 'Sent', 'None', [1]),
    expect: code(1001, 'mail.no_folder'),
  },
  {
    sdk: 'mail.appendMessageAsync',
    what: 'of no base64',
    run: (s, { imap }) => s.mail.appendMessageAsync(imap, 'INBOX', '!'),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'mail.buildRfc822Async',
    what: 'for a server that is not declared',
    run: (s, given) => s.mail.buildRfc822Async('example.net', message(given)),
    expect: code(1002, 'permission.undeclared'),
  },
];
