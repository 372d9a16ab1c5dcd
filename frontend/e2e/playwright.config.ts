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
  // A slow machine is no failure of the product, so what is waited for has many
  // times what it takes here. What does pass is no slower for it.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['./lib/summary.ts']],
  forbidOnly: true,
  use: { ...chromium, actionTimeout: 20_000, trace: 'retain-on-failure' },
  projects: [
    // A machine can stand still for longer than any limit, and real keys and clicks
    // of an X server can get lost. What needed a second try is named at the end of
    // the run.
    { name: 'browser', testMatch: 'browser/*.spec.ts', retries: 1 },
    { name: 'window', testMatch: 'window/*.spec.ts', timeout: 240_000, retries: 1 },
    { name: 'attack', testMatch: 'attack/*.spec.ts', timeout: 240_000, workers: 1, retries: 1 },
    { name: 'bench', testMatch: 'bench/*.bench.ts', workers: 1 },
    { name: 'screenshots', testMatch: 'screenshots.ts', workers: 1 },
  ],
});
