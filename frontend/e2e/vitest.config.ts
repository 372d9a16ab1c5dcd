import { defineConfig } from 'vitest/config';

// What runs without a browser; the rest is Playwright's.
export default defineConfig({
  test: {
    environment: 'node',
    include: ['haex/*.test.ts'],
    testTimeout: 120_000,
    // The SDK writes to the console while it loads.
    silent: 'passed-only',
  },
});
