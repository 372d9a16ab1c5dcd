import { asHostError, type HostError } from '../api/errors';

/** What a screen does with the host's help: whether it is at it, and what went wrong last. */
export class Attempts {
  busy = $state(false);
  error = $state.raw<HostError | null>(null);

  /** Returns whether the work went well. */
  async attempt(work: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = asHostError(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
