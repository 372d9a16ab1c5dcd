import { m, mn, number } from './messages';

const year = 365.25 * 24 * 3600;

/** A rough time in words, for how long guessing takes. */
export function duration(seconds: number): string {
  if (seconds < 1) return m('time.moment');
  if (seconds < 60) return mn('time.seconds', Math.round(seconds));
  if (seconds < 3600) return mn('time.minutes', Math.round(seconds / 60));
  if (seconds < 86_400) return mn('time.hours', Math.round(seconds / 3600));
  if (seconds < year) return mn('time.days', Math.round(seconds / 86_400));
  const years = seconds / year;
  if (years < 1e6) return mn('time.years', rounded(years));
  if (years < 1e9) return m('time.million_years', { n: number(rounded(years / 1e6)) });
  if (years < 1e15) return m('time.billion_years', { n: number(rounded(years / 1e9)) });
  return m('time.forever');
}

/** Two significant digits: the estimate is worth no more. */
function rounded(n: number): number {
  if (n < 10) return Math.max(1, Math.round(n));
  const unit = 10 ** (Math.floor(Math.log10(n)) - 1);
  return Math.round(n / unit) * unit;
}
