interface Row {
  what: string;
  window: string;
  chromium: string;
  control: string;
}
export function listed(text: string): Map<string, Row>;
export function cell(
  verdict: { open: boolean } | undefined,
  id: string,
  engine: 'window' | 'chromium',
): string;
