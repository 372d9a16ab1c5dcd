import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

/** No violation on the screen as it is, frames included, in light and in dark. */
export async function accessible(page: Page, screen: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The theme reaches frames by message, and colours by the next frame drawn.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    await expect
      .poll(() =>
        page.evaluate(() => document.getAnimations().filter((a) => a.playState === 'running').length),
      )
      .toBe(0);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => ({
      rule: id,
      where: nodes.map((n) => `${n.target.join(' ')}: ${n.any[0]?.message ?? n.failureSummary ?? ''}`),
    }));
    expect(found, `${screen}, ${colorScheme}`).toEqual([]);
  }
}
