import type { CallOptions, Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { isMap } from './wire.ts';

/** The desktop's clipboard, in Alcove's window only. */
export interface Clipboard {
  /**
   * Copies text, of at most 1 MiB. It is cleared after 30 s unless the person has copied something
   * else. Needs `clipboard.write`.
   */
  writeText(text: string, options?: CallOptions): Promise<void>;
  /**
   * The text the person copied, "" if it is none. Needs `clipboard.read`, and a key or button that
   * the person pressed within the last second while the extension is in front: call it when they
   * ask to paste, else it rejects with `clipboard.no_input`.
   */
  readText(options?: CallOptions): Promise<string>;
}

export function clipboard(channel: Channel): Clipboard {
  return Object.freeze({
    writeText: async (text: string, options?: CallOptions) => {
      await channel.call('clipboard.write', { text }, options);
    },
    readText: async (options?: CallOptions) => {
      const reply = await channel.call('clipboard.read', {}, options);
      if (isMap(reply) && typeof reply.text === 'string') return reply.text;
      throw new AlcoveError('reply.malformed', 'the host did not answer clipboard.read');
    },
  });
}
