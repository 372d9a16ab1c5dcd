// The app of lib/haex.ts, installed and opened, for tests in the browser.
import { expect } from '@playwright/test';
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import type { Home } from './alcove';
import type { App } from './external';
import { haexApp } from './haex';
import { haexFrame } from './haex-test';
import type { HostPage } from './host';

declare const haex: HaexVaultSdk;

const title = 'Haex Probe';

/** Opens the app in a vault of its own. Gives how programs name it. */
export async function openProbe(home: Home, host: HostPage): Promise<App> {
  await home.makeVault([await haexApp((name) => home.out(name))]);
  const server = await home.serve({ unlocked: true });
  await host.open(server.url);
  await host.atHome();
  const shown = await host.openApp(title);
  await expect(shown.locator('#state')).toHaveText(/^ready /);
  const frame = await haexFrame(host.page, title);
  return frame.evaluate(() => ({
    extensionPublicKey: haex.extensionInfo?.publicKey ?? '',
    name: haex.extensionInfo?.name ?? '',
  }));
}
