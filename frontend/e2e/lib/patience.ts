/**
 * How long to wait, in ms, for what takes seconds: a key that is derived, an app
 * that is installed or starts, a process that ends. It is many times that, because
 * a slow machine is no failure of the product.
 */
export const enough = 60_000;

/** The same as an option of the runner. */
export const patient = { timeout: enough };
