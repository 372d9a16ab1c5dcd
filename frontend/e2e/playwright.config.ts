import { defineConfig } from '@playwright/test';
import { chromium } from './lib/chromium';

// Four kinds of test with one configuration: the whole interface in Chromium
// through `alcove serve`, the real window under Xvfb, the bench, and the
// pictures of the README. Each is asked for with --project.
export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  globalSetup: './lib/setup.ts',
  // Two processors; every test has a server or a window, a home and a display of
  // its own. The bench wants quiet.
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./lib/summary.ts']],
  forbidOnly: true,
  use: { ...chromium, actionTimeout: 10_000, trace: 'retain-on-failure' },
  projects: [
    { name: 'browser', testMatch: 'browser/*.spec.ts' },
    // Real keys and clicks of an X server can get lost; what needed a second
    // try is named at the end of the run.
    { name: 'window', testMatch: 'window/*.spec.ts', timeout: 120_000, retries: 1 },
    { name: 'attack', testMatch: 'attack/*.spec.ts', timeout: 120_000, workers: 1, retries: 1 },
    { name: 'bench', testMatch: 'bench/*.bench.ts', timeout: 180_000, workers: 1 },
    { name: 'screenshots', testMatch: 'screenshots.ts', workers: 1 },
  ],
});
