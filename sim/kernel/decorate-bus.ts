import type { Bus } from '../../src/ports/bus.ts';

/** A bus whose every call goes through `invoke`, which decides whether, when and how often it is carried out. */
export function decorateBus(bus: Bus, invoke: (method: string, call: () => Promise<unknown>) => Promise<unknown>): Bus {
  return new Proxy(bus, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => invoke(String(name), () => Reflect.apply(method, target, args) as Promise<unknown>);
    },
  });
}
