// Which functions there are on the client and its parts, found by looking at the
// objects themselves, and which of them were called.

const isNative = (type: unknown) => /\[native code\]/.test(Function.prototype.toString.call(type));

export class Functions {
  readonly all = new Set<string>();
  readonly called = new Set<string>();
  readonly #seen = new Set<object>();

  /** Follows the functions and accessors that an object has itself. */
  follow(holder: object, path: string): void {
    if (this.#seen.has(holder)) return;
    this.#seen.add(holder);
    const note = (name: string) => this.called.add(name);
    for (const [key, own] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      const name = path + key;
      const { value, get } = own as { value?: unknown; get?: () => unknown };
      if (key === 'constructor' || own.configurable !== true) continue;
      if (typeof value === 'function') {
        this.all.add(name);
        own.value = function (this: unknown, ...args: unknown[]): unknown {
          note(name);
          return (value as (...args: unknown[]) => unknown).apply(this, args);
        };
      } else if (get) {
        this.all.add(name);
        own.get = function (this: unknown): unknown {
          note(name);
          return get.call(this);
        };
      } else continue;
      Object.defineProperty(holder, key, own);
    }
  }

  /** Follows all parts of the client. What the engine or another library made is not the SDK's. */
  walk(part: object, path = ''): void {
    this.#seen.add(part);
    for (const [key, value] of Object.entries(part) as [string, unknown][]) {
      if (typeof value !== 'object' || value === null || this.#seen.has(value)) continue;
      const type = Object.getPrototypeOf(value) as object;
      if (type === Object.prototype) this.follow(value, `${path}${key}.`);
      else if (!isNative(type.constructor)) {
        this.follow(type, `${path}${key}.`);
        this.walk(value, `${path}${key}.`);
      }
    }
  }
}
