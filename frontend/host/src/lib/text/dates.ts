/** Today as a date field spells it, where the person is. */
export function today(now: number = Date.now()): string {
  const date = new Date(now);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The last millisecond of a day that a date field gives, where the person is. NaN if there is none. */
export function endOfDay(day: string): number {
  const [year, month, date] = day.split('-').map(Number);
  return new Date(year ?? NaN, (month ?? NaN) - 1, (date ?? NaN) + 1).getTime() - 1;
}
