export const known: {
  open: { window: Record<string, string>; chromium: Record<string, string> };
  absent: { window: string[]; chromium: string[] };
  uncontrolled: [start: string, why: string][];
};
