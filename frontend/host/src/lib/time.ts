/** When today began, by the clock of whoever looks, in Unix milliseconds. */
export function midnight(): number {
  return new Date().setHours(0, 0, 0, 0);
}
