// Requests to a server of the own computer, which two questions are about, and
// the person's browser.
import { code, inWindow, nothing, type Case } from '../case';

const text = (bytes: unknown) => new TextDecoder().decode(bytes as ArrayBuffer);
const lower = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));

export const web: Case[] = [
  {
    sdk: 'web.fetchAsync',
    what: 'with a text',
    person: [
      { do: 'answer', about: 'reach', choice: 'While open' },
      { do: 'answer', about: 'own network', choice: 'While open' },
    ],
    run: async (s, { echo }) => {
      const answer = await s.web.fetchAsync(`${echo}/a`, {
        method: 'POST',
        headers: { 'X-Key': 'k' },
        body: 'hello',
      });
      return { ...answer, body: text(answer.body), headers: lower(answer.headers), echo };
    },
    expect: (got: {
      status: number;
      url: string;
      body: string;
      headers: Record<string, string>;
      echo: string;
    }) =>
      got.status === 200 &&
      got.url === `${got.echo}/a` &&
      got.body === 'hello' &&
      got.headers['x-seen'] === 'POST k',
  },
  {
    sdk: 'permissions.checkWebAsync',
    what: 'that is allowed by now',
    run: (s, { echo }) => s.permissions.checkWebAsync(`${echo}/a`),
    expect: true,
  },
  {
    sdk: 'web.fetchJsonAsync',
    run: (s, { echo }) => s.web.fetchJsonAsync(`${echo}/j`, { method: 'POST', body: '{"a":1}' }),
    expect: { a: 1 },
  },
  {
    sdk: 'web.fetchTextAsync',
    what: 'with bytes',
    run: (s, { echo }) =>
      s.web.fetchTextAsync(`${echo}/t`, {
        method: 'PUT',
        body: new TextEncoder().encode('t').buffer as ArrayBuffer,
      }),
    expect: 't',
  },
  {
    sdk: 'web.fetchBlobAsync',
    what: 'with a blob',
    run: async (s, { echo }) =>
      (await s.web.fetchBlobAsync(`${echo}/b`, { method: 'POST', body: new Blob(['blob']) })).text(),
    expect: 'blob',
  },
  {
    sdk: 'web.fetchAsync',
    what: 'of what is not declared',
    run: (s) => s.web.fetchAsync('https://other.example/'),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'web.fetchAsync',
    what: 'of a server that hangs up',
    run: (s, { echo }) => s.web.fetchAsync(`${echo}/cut`),
    expect: (got: unknown) => (got as { code: number }).code === 2005,
  },
  {
    sdk: 'web.openAsync',
    person: inWindow([{ do: 'answer', about: 'browser', choice: 'Once' }]),
    run: (s, { echo }) => s.web.openAsync(`${echo}/page`),
    expect: nothing,
    otherwise: {
      engine: 'browser',
      expect: code(8001, 'capability.unavailable'),
      because: 'alcove serve has no desktop that could show an address',
    },
  },
  {
    sdk: 'web.openAsync',
    what: 'of no address of the web',
    run: (s) => s.web.openAsync('file:///etc/passwd'),
    expect: code(2005, 'net.address'),
  },
];
