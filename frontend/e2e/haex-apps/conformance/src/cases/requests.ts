// Requests from outside, and notifications, for which this SDK has no function.
import { answered, code, here, nothing, type Case } from '../case';

const handler = () => Promise.resolve({ requestId: 'r', success: true });

export const requests: Case[] = [
  {
    sdk: 'onExternalRequest',
    run: (s) => s.onExternalRequest('look-up', handler)(),
    expect: nothing,
  },
  { sdk: 'actions.register', run: (s) => s.actions.register('look-up', handler)(), expect: nothing },
  {
    sdk: 'respondToExternalRequest',
    what: 'of none',
    run: (s) => s.respondToExternalRequest({ requestId: 'r', success: true }),
    expect: code(1001, 'haex.not_found'),
  },
  {
    sdk: 'request',
    what: 'ai_action_respond of none',
    run: (s) => s.request('ai_action_respond', { requestId: 'r', success: true }),
    expect: code(1001, 'haex.not_found'),
  },
  {
    sdk: 'request',
    what: 'extension_notifications_show',
    run: (s) => s.request('extension_notifications_show', { options: { title: 't' } }),
    expect: here('extension_notifications_show', code(1002, 'permission.undeclared')),
  },
  {
    sdk: 'request',
    what: 'extension_notifications_dismiss',
    run: (s) => s.request('extension_notifications_dismiss', { id: 'i' }),
    expect: here('extension_notifications_dismiss', answered),
  },
];
