// The network that a product under attack is put in: the best that this machine
// allows.
import { Loopback } from './loopback';
import { Namespace } from './namespace';
import type { Network } from './seen';

/** Starts the best network that this machine allows. */
export async function startNetwork(dir: string, ids: string[]): Promise<Network> {
  if (process.env.ALCOVE_TEST_LOOPBACK) return Loopback.start(dir, ids, 'as asked');
  try {
    return await Namespace.start(dir, ids);
  } catch (e) {
    return Loopback.start(dir, ids, String(e instanceof Error ? e.message : e));
  }
}
