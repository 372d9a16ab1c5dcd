// The fixtures of tests with extensions of haex-vault: one publisher for a
// worker, whose packages are built once.
import { decode } from '@msgpack/msgpack';
import { type Frame, type Locator, type Page } from '@playwright/test';
import { type BuildOptions, type HaexApp, HaexPublisher } from './haex-apps';
import { Target } from './prompts';
import { expect, test as base } from './test';

export class HaexPackages {
  readonly #built = new Map<string, Promise<string>>();

  private constructor(
    readonly publisher: HaexPublisher,
    /** What the apps may declare that they reach. */
    readonly target: Target,
  ) {}

  static async make(): Promise<HaexPackages> {
    return new HaexPackages(await HaexPublisher.make(), await Target.start());
  }

  build(app: HaexApp, options: BuildOptions = {}): Promise<string> {
    const key = JSON.stringify([app, options]);
    const values = { port: this.target.host.replace(/^.*:/, '') };
    const built = this.#built.get(key) ?? this.publisher.build(app, { values, ...options });
    this.#built.set(key, built);
    return built;
  }

  async remove(): Promise<void> {
    await this.target.stop();
    await this.publisher.remove();
  }
}

export const test = base.extend<object, { haex: HaexPackages }>({
  haex: [
    // eslint-disable-next-line no-empty-pattern -- the runner wants the pattern
    async ({}, use) => {
      const packages = await HaexPackages.make();
      await use(packages);
      await packages.remove();
    },
    { scope: 'worker', timeout: 300_000 },
  ],
});

/** The frame of an app that is on screen, which gives its SDK as `haex`. */
export async function haexFrame(page: Page, title: string): Promise<Frame> {
  const element = await page.locator(`iframe[title="${title}"]`).elementHandle();
  const frame = await element?.contentFrame();
  if (!frame) throw new Error(`no frame of ${title}`);
  await frame.waitForFunction(() => 'haex' in globalThis);
  return frame;
}

/**
 * Presses the button of a file dialog, again for as long as Go says that the answer
 * came before the dialog could be read. It is gone afterwards; another may be there.
 */
export async function choose(dialog: Locator, button: string): Promise<void> {
  const asked = await dialog.elementHandle();
  const press = async () => {
    const told = dialog.page().waitForResponse(/\/_host\/api\/pick\.(answer|dismiss)$/);
    await dialog.getByRole('button', { name: button, exact: true }).click();
    const { error } = decode(await (await told).body()) as { error?: { code: string } | null };
    return error?.code ?? 'taken';
  };
  // What Go says ends it, and no time: a dialog that is slow to go is not pressed again.
  await expect.poll(press).toBe('taken');
  await asked?.waitForElementState('hidden');
}

export { expect };
