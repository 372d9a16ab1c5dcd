import { existsSync } from 'node:fs';
import type { PlaywrightTestOptions, PlaywrightWorkerOptions } from '@playwright/test';

// Debian's Chromium, which keeps quiet: a test that looks for leaks must not
// be disturbed by the browser's own calls home.
const installed = '/usr/bin/chromium';

export const chromium: Partial<PlaywrightTestOptions & PlaywrightWorkerOptions> = {
  browserName: 'chromium',
  headless: true,
  viewport: { width: 1180, height: 760 },
  launchOptions: {
    ...(existsSync(installed) ? { executablePath: installed } : {}),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
};
