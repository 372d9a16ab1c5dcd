// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fresh } from './page';

const { pushState, replaceState } = History.prototype;
beforeEach(async () => {
  const { standForRoutes } = await fresh(() => import('../../src/haex-page/routes'));
  standForRoutes();
});
afterEach(() => {
  Object.assign(History.prototype, { pushState, replaceState });
  history.replaceState(null, '', '/');
});

for (const name of ['pushState', 'replaceState'] as const) {
  it(`${name} goes anywhere within the page`, () => {
    for (const [to, shown] of [
      ['#/notes', '#/notes'],
      [`${location.href.split('#')[0] ?? ''}#/all`, '#/all'],
      ['?q=1#/x', '#/x'],
    ] as const) {
      history[name]({ to }, '', to);
      expect([location.hash, history.state]).toEqual([shown, { to }]);
    }
    history[name](7, '', null);
    expect([location.hash, history.state]).toEqual(['#/x', 7]);
  });

  it(`${name} to another path is refused as in haex-vault, whose SDK then takes the hash`, () => {
    const before = location.href;
    for (const to of ['/notes', 'notes/1', new URL('http://other.example/')])
      expect(() => history[name](null, '', to)).toThrow(
        expect.objectContaining({ name: 'SecurityError' }) as Error,
      );
    expect(location.href).toBe(before);
  });
}
