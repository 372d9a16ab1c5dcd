/**
 * Every refusal and failure an extension meets. Branch on {@link AlcoveError.code},
 * which is stable; show {@link AlcoveError.message}, which is a sentence.
 *
 * Codes of the host: `db.*` (`db.constraint`, `db.denied`, `db.syntax`, …),
 * `net.*`, `files.*` and so on for the capabilities, `quota.*`, `permission.*`,
 * `handle.*`, `capability.unavailable`, `method.unknown`, `request.malformed`,
 * `request.too_large`, `session.ended`.
 * Codes made here: `request.malformed` (an argument that cannot be sent),
 * `request.timeout`, `request.aborted`, `reply.malformed`, `session.ended`,
 * `handshake.timeout`, `handshake.malformed`.
 */
export class AlcoveError extends Error {
  override readonly name = 'AlcoveError';
  /** Stable dotted code, such as `db.constraint`. */
  readonly code: string;
  /** What the host said beside the message, if anything. */
  readonly data: unknown;

  constructor(code: string, message: string, data?: unknown, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.data = data;
  }

  /** True when `error` is an AlcoveError, and has `code` if one is given. */
  static is(error: unknown, code?: string): error is AlcoveError {
    return error instanceof AlcoveError && (code === undefined || error.code === code);
  }
}

/** An argument that cannot be sent; nothing has left the frame. */
export function malformed(message: string): AlcoveError {
  return new AlcoveError('request.malformed', message);
}
