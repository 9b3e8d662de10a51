/** A service (a bus, a target) whose every call goes through `invoke`, which decides whether, when and how often it is carried out. */
export function decorate<T extends object>(
  service: T,
  invoke: (method: string, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): T {
  return new Proxy(service, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => invoke(String(name), () => Reflect.apply(method, target, args) as Promise<unknown>, args);
    },
  });
}
