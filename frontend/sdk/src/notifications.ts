import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** A notification: at least one of both. Plain text; what is too long is cut. */
export interface Notice {
  /** Shown after the extension's name, which always comes first. Up to 100 characters. */
  title?: string;
  /** Up to 300 characters in four lines. */
  body?: string;
}

/** Messages of the desktop, in Alcove's window only. */
export interface Notifications {
  /**
   * Shows one, and answers its id. A click on it brings the extension to the front. Needs
   * `notifications.show`; there are 4 at once and then one each 10 seconds.
   */
  show(notice: Notice, options?: CallOptions): Promise<string>;
  /**
   * Takes back one that is still on the screen. Needs no permission. `notifications.unknown` when it
   * was clicked or went by itself.
   */
  dismiss(id: string, options?: CallOptions): Promise<void>;
}

export function notifications(channel: Channel): Notifications {
  return Object.freeze({
    show: async ({ title = '', body = '' }: Notice, options?: CallOptions) => {
      const reply = await channel.call('notifications.show', { title, body }, options);
      if (isMap(reply) && typeof reply.id === 'string') return reply.id;
      throw new AlcoveError('reply.malformed', 'the host did not answer notifications.show');
    },
    dismiss: async (id: string, options?: CallOptions) => {
      await channel.call('notifications.dismiss', { id }, options);
    },
  });
}
