// The fixtures of every test in the browser: a home, and the host's page.
import { test as base } from '@playwright/test';
import { Home } from './alcove';
import { HostPage } from './host';

export const test = base.extend<{ home: Home; host: HostPage }>({
  // eslint-disable-next-line no-empty-pattern -- the runner wants the pattern
  home: async ({}, use, info) => {
    const home = await Home.make();
    await use(home);
    if (info.status !== info.expectedStatus) {
      const body = home.log;
      await info.attach('log of the servers', { body });
      console.log(body.slice(-4000));
    }
    await home.remove();
  },
  host: async ({ page }, use, info) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await use(new HostPage(page));
    if (errors.length > 0) await info.attach('page errors', { body: errors.join('\n') });
  },
});

export { expect } from '@playwright/test';
