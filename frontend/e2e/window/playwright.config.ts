import { defineConfig } from '@playwright/test';

// The runner only: these tests drive the real window, not a browser.
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../test-results/window',
  timeout: 120_000,
  workers: 1,
  reporter: 'line',
});
