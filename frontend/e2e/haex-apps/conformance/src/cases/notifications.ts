// Notifications, for which this SDK has no function.
import { code, inWindow, isText, nothing, type Case } from '../case';

export const notifications: Case[] = [
  {
    sdk: 'request',
    what: 'extension_notifications_show',
    person: inWindow([{ do: 'answer', about: 'show notifications', choice: 'While open' }]),
    run: async (s, { found }) => {
      const options = { title: 'Done', body: 'All of it' };
      const shown = await s.request<{ id: string }>('extension_notifications_show', { options });
      found.notice = shown.id;
      return shown;
    },
    expect: { id: isText },
    otherwise: {
      engine: 'browser',
      expect: code(8001, 'capability.unavailable'),
      because: 'alcove serve has no desktop that could show one',
    },
  },
  {
    sdk: 'request',
    what: 'extension_notifications_show of a long path',
    run: (s) =>
      s.request('extension_notifications_show', {
        options: { title: 't', primary: { path: '/'.repeat(2049) } },
      }),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'request',
    what: 'extension_notifications_dismiss',
    run: (s, { found }) => s.request('extension_notifications_dismiss', { id: found.notice ?? 'none' }),
    expect: nothing,
    otherwise: {
      engine: 'browser',
      expect: code(1001, 'notifications.unknown'),
      because: 'none was shown',
    },
  },
  {
    sdk: 'request',
    what: 'extension_notifications_dismiss a second time',
    run: (s, { found }) => s.request('extension_notifications_dismiss', { id: found.notice ?? 'none' }),
    expect: code(1001, 'notifications.unknown'),
  },
];
