// Requests of another program on this computer, which the person lets ask.
import type { ExternalRequest, ExternalResponse } from '@haex-space/vault-sdk';
import { code, isText, type Case } from '../case';

type Answer = Omit<ExternalResponse, 'requestId'>;
let stop: () => void = () => undefined;

/** The next request that a handler gets, which answers it like this. */
const next = (
  register: (handler: (request: ExternalRequest) => Promise<ExternalResponse>) => void,
  answer: Answer,
) =>
  new Promise<ExternalRequest>((resolve) => {
    register((request) => {
      resolve(request);
      return Promise.resolve({ requestId: request.requestId, ...answer });
    });
  });

export const requests: Case[] = [
  {
    sdk: 'onExternalRequest',
    what: 'of a program that the person lets ask',
    person: [
      { do: 'connect' },
      {
        do: 'ask',
        action: 'look-up',
        payload: { who: 'Ada' },
        answer: { success: true, data: { found: ['a', 1, null] } },
      },
    ],
    run: (s) =>
      next((handler) => (stop = s.onExternalRequest('look-up', handler)), {
        success: true,
        data: { found: ['a', 1, null] },
      }),
    expect: { action: 'look-up', payload: { who: 'Ada' }, publicKey: isText, requestId: isText },
  },
  {
    sdk: 'actions.register',
    what: 'of an action that cannot be done',
    person: [
      {
        do: 'ask',
        action: 'break',
        payload: {},
        answer: { success: false, error: 'broken on purpose' },
      },
    ],
    run: (s) =>
      next((handler) => void s.actions.register('break', handler), {
        success: false,
        error: 'broken on purpose',
      }),
    expect: { action: 'break' },
  },
  {
    sdk: 'onExternalRequest',
    what: 'that the app takes back',
    person: [
      {
        do: 'ask',
        action: 'look-up',
        payload: {},
        answer: { success: false, error: 'No handler registered for action: look-up' },
      },
      { do: 'ask', action: 'end', payload: {}, answer: { success: true } },
    ],
    run: (s) => {
      stop();
      return next((handler) => void s.onExternalRequest('end', handler), { success: true });
    },
    expect: { action: 'end' },
  },
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
];
