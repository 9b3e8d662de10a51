/** A service (a bus, a target) whose every call goes through `invoke`, which decides whether, when and how often it is carried out. */
export function decorate<T extends object>(
  service: T,
  invoke: (method: string, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): T {
  const made = new Map<string | symbol, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy(service, {
    get(target, name) {
      const known = made.get(name);
      if (known !== undefined) return known;
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const invoked = (...args: unknown[]): Promise<unknown> =>
        invoke(String(name), () => Reflect.apply(method, target, args) as Promise<unknown>, args);
      made.set(name, invoked);
      return invoked;
    },
  });
}
