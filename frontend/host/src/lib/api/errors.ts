/** A refusal of the host: a stable dotted code and a sentence made for people. */
export class HostError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly data: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'HostError';
  }
}

/** Returns what can be shown of anything thrown. */
export function asHostError(error: unknown): HostError {
  if (error instanceof HostError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new HostError(
    'page.failed',
    `Something in Alcove’s page went wrong (${reason}). Reload the page, or start Alcove again.`,
  );
}

/** Whether a request was given up on purpose. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
