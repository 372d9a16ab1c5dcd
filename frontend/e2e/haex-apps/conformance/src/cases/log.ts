// The app's own log, for which the SDK has no function.
import { code, nothing, type Case } from '../case';

export const log: Case[] = [
  {
    sdk: 'request',
    what: 'extension_logging_write',
    run: (s) => s.request('extension_logging_write', { level: 'info', message: 'm', metadata: { a: 1 } }),
    expect: nothing,
  },
  {
    sdk: 'request',
    what: 'extension_logging_read',
    run: (s) => s.request('extension_logging_read', { level: 'info', limit: 10 }),
    expect: [{ level: 'info', message: 'm', metadata: '{"a":1}' }],
  },
  {
    sdk: 'request',
    what: 'extension_logging_read of no number',
    run: (s) => s.request('extension_logging_read', { limit: 'all' }),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'request',
    what: 'extension_logging_write of nothing',
    run: (s) => s.request('extension_logging_write', {}),
    expect: code(3001, 'request.malformed'),
  },
];
