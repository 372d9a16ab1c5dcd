/**
 * An engine may let a page take another path for its own, and then its files are
 * no longer found from there. Where these extensions come from it is refused, and
 * their SDK then keeps the route behind the hash.
 */
export function standForRoutes(): void {
  const { pathname, host } = location;
  for (const name of ['pushState', 'replaceState'] as const) {
    const own = History.prototype[name];
    History.prototype[name] = function (
      this: History,
      state: unknown,
      unused: string,
      to?: string | URL | null,
    ) {
      const address = to == null ? null : new URL(String(to), document.baseURI);
      if (address && (address.host !== host || address.pathname !== pathname))
        throw new DOMException('A page of an extension has one path.', 'SecurityError');
      own.call(this, state, unused, to);
    };
  }
}
