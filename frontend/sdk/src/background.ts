import type { CallOptions, Channel } from './channel.ts';

/** Going on while no tab of the extension is open, as long as the vault is unlocked. */
export interface Background {
  /**
   * From now on closing the tab does not close the extension. Needs `background.run`; the person
   * may be asked, so call it while they see the extension.
   */
  run(options?: CallOptions): Promise<void>;
  /** Takes that back. Out of sight, the extension is closed now; it can save as always. */
  stop(options?: CallOptions): Promise<void>;
}

export function background(channel: Channel): Background {
  return Object.freeze({
    run: async (options?: CallOptions) => {
      await channel.call('background.run', {}, options);
    },
    stop: async (options?: CallOptions) => {
      await channel.call('background.stop', {}, options);
    },
  });
}
