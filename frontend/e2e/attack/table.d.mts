interface Row {
  what: string;
  window: string;
  chromium: string;
  control: string;
}
export function placed(name: 'table' | 'open'): string;
export function listed(): Map<string, Row>;
export function open(): string;
