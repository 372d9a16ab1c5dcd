// The runner's fixtures: a display per worker, a home per test, and a picture
// and the log of every window that a failed test leaves.
import { test as base } from '@playwright/test';
import { AppWindow, Desktop, Home, type StartOptions } from './harness';

interface PerTest {
  home: Home;
  start: (o?: StartOptions) => Promise<AppWindow>;
  adopt: (w: AppWindow) => AppWindow;
  windows: AppWindow[];
}

export const test = base.extend<PerTest, { desktop: Desktop }>({
  desktop: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const desktop = await Desktop.start();
      await use(desktop);
      await desktop.stop();
    },
    { scope: 'worker' },
  ],
  // eslint-disable-next-line no-empty-pattern
  home: async ({}, use) => {
    const home = await Home.make();
    await use(home);
    await home.remove();
  },
  windows: async ({ home }, use, info) => {
    const windows: AppWindow[] = [];
    await use(windows);
    for (const w of windows) {
      if (info.status !== info.expectedStatus) {
        await info.attach('log', { body: w.log, contentType: 'text/plain' });
        const path = await w
          .screenshot(`failed-${info.title.replace(/\W+/g, '-').slice(0, 60)}`)
          .catch(() => undefined);
        if (path) await info.attach('screen', { path });
        console.log(`--- log of the window in ${home.dir}\n${w.log.slice(-4000)}`);
      }
      await w.kill9();
    }
  },
  adopt: async ({ windows }, use) => {
    await use((w) => {
      windows.push(w);
      return w;
    });
  },
  start: async ({ desktop, home, adopt }, use) => {
    await use(async (o = {}) => adopt(await AppWindow.start(desktop, home, o)));
  },
});

export { expect } from '@playwright/test';
