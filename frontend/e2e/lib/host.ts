// What a person does on the host's screens, by the names and roles they see.
import { readFile } from 'node:fs/promises';
import { type FrameLocator, type Locator, type Page, expect } from '@playwright/test';
import { passphrase } from './alcove';
import { patient } from './patience';

export class HostPage {
  constructor(readonly page: Page) {}

  async open(url: string): Promise<this> {
    await this.page.goto('about:blank'); // a fragment alone would not load anything
    await this.page.goto(url);
    return this;
  }

  button(name: string | RegExp, within: Page | Locator = this.page): Locator {
    return within.getByRole('button', { name, exact: true });
  }

  // --- onboarding and unlocking ---

  /** Makes a vault with the suggested words, up to “Your vault is ready”. */
  async createVault(look: (name: string) => Promise<void> = async () => undefined): Promise<Created> {
    const { page } = this;
    // `serve` was given a folder, and the folder's name is the vault's.
    await expect(page.getByLabel('Name of the vault')).toHaveValue('Home');
    await look('onboarding-name');
    await this.button('Continue').click();
    const words = page.locator('.Words > span:not(.vh)');
    await expect(words).toHaveCount(6);
    const chosen = (await words.allTextContents()).map((w) => w.trim()).join(' ');
    await look('onboarding-passphrase');
    await page.getByLabel('Type it once, to practise').fill(chosen);
    await this.button('Continue').click();
    const kit = page.getByRole('figure').getByRole('listitem');
    await expect(kit).toHaveCount(24, patient);
    const kitWords = (await kit.allTextContents()).map((w) => w.trim());
    await look('onboarding-kit');
    const download = page.waitForEvent('download');
    await this.button('Save a file to print').click();
    const file = await readFile(await (await download).path(), 'utf8');
    await this.button('I have a copy').click();
    const fields = page.getByLabel(/^Word \d+$/);
    await expect(fields).toHaveCount(2);
    await look('onboarding-check');
    await expect(this.button('Create the vault')).toBeDisabled();
    for (const label of await page.locator('label', { hasText: /^Word \d+$/ }).allTextContents()) {
      const position = Number(/\d+/.exec(label)?.[0]);
      await page.getByLabel(label.trim(), { exact: true }).fill(kitWords[position - 1] ?? '');
    }
    await this.button('Create the vault').click();
    await expect(page.getByRole('heading', { name: 'Your vault is ready' })).toBeVisible(patient);
    return { passphrase: chosen, words: kitWords, kitFile: file };
  }

  get passphrase(): Locator {
    return this.page.getByLabel('Passphrase', { exact: true });
  }

  async unlock(words = passphrase): Promise<void> {
    await this.passphrase.fill(words);
    await this.button('Unlock').click();
    await this.atHome();
  }

  async atHome(): Promise<void> {
    await expect(this.page.getByRole('tablist')).toBeVisible(patient);
  }

  // --- installing ---

  async pick(path: string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser');
    await this.button('Install from file').first().click();
    await (await chooser).setFiles(path);
  }

  /** Drops a file on the window, as a file manager would. */
  async drop(path: string): Promise<void> {
    const bytes = (await readFile(path)).toString('base64');
    const name = path.split('/').at(-1) ?? '';
    await this.page.evaluate(
      ({ bytes, name }) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
        for (const type of ['dragenter', 'dragover', 'drop']) {
          const init = { dataTransfer: data, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent(type, init));
        }
      },
      { bytes, name },
    );
  }

  /** The review on screen. */
  review(title: string | RegExp): Locator {
    return this.page.getByRole('dialog', { name: title });
  }

  /** Reads the review on screen to its end and presses the button. */
  async accept(button: 'Install' | 'Update' | 'Install again' = 'Install'): Promise<void> {
    const review = this.page.getByRole('dialog', { name: /^Review / });
    await expect(review).toBeVisible();
    await review.getByRole('region', { name: /^What / }).evaluate((e) => {
      e.scrollTop = e.scrollHeight;
    });
    const go = this.button(button, review);
    await expect(go).not.toHaveAttribute('aria-disabled', 'true');
    await go.click();
    await expect(review).toBeHidden(patient);
  }

  // --- apps ---

  tile(title: string): Locator {
    return this.page.locator('.AppTile', { hasText: title });
  }
  tab(title: string): Locator {
    return this.page.getByRole('tab', { name: title });
  }

  /** Opens an app from Home and gives its frame once it is shown. */
  async openApp(title: string): Promise<FrameLocator> {
    await this.home();
    await this.tile(title).click();
    return this.shown(title);
  }

  async shown(title: string): Promise<FrameLocator> {
    const frame = this.page.locator(`.Frame:not(.is-waiting) iframe[title="${title}"]`);
    await expect(frame).toBeVisible(patient);
    return frame.contentFrame();
  }

  async home(): Promise<void> {
    if ((await this.page.getByRole('tab').first().getAttribute('aria-selected')) !== 'true') {
      await this.page.getByRole('tab').first().click();
    }
    const nav = this.page.getByRole('navigation', { name: 'Main' });
    await nav.getByRole('button', { name: 'Home' }).click();
  }

  async settings(page: 'Security' | 'Other programs' | 'Appearance' | 'Kept data' | 'About'): Promise<void> {
    const main = this.page.getByRole('navigation', { name: 'Main' });
    await main.getByRole('button', { name: 'Settings' }).click();
    const nav = this.page.getByRole('navigation', { name: 'Settings' });
    await nav.getByRole('button', { name: page }).click();
  }

  /** The app's own page, from the menu of its host bar or from Home when it is off. */
  async details(title: string): Promise<void> {
    await this.button(`More about ${title}`).click();
    await this.page.getByRole('menuitem', { name: 'Details' }).click();
    await expect(this.page.getByRole('heading', { name: title, level: 1 })).toBeVisible();
  }

  async lock(): Promise<void> {
    await this.button(/^Lock vault/).click();
    await expect(this.passphrase).toBeVisible();
  }
}

export interface Created {
  passphrase: string;
  words: string[];
  kitFile: string;
}
