import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const CRYPTO_NAMES = ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync', 'randomFill'] as const;

/**
 * Makes every way to real time and real randomness throw until the returned function is called: `Date.now`, `new Date()`,
 * `Math.random`, the timers, `performance.now` and `crypto.random*`. A run that ends under it depends on nothing but its
 * seed.
 */
export function poisonWorld(): () => void {
  const restore: (() => void)[] = [];
  const poison = (owner: object, name: string): void => {
    const original: unknown = Reflect.get(owner, name);
    Reflect.set(owner, name, () => {
      throw new Error(`${name} was called in a simulation; use the ports`);
    });
    restore.push(() => Reflect.set(owner, name, original));
  };
  poison(Math, 'random');
  poison(performance, 'now');
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) poison(globalThis, name);
  for (const name of CRYPTO_NAMES) poison(crypto, name);
  poison(globalThis.crypto, 'randomUUID');
  poison(globalThis.crypto, 'getRandomValues');
  restore.push(poisonDate());
  syncBuiltinESMExports();
  return () => {
    for (const undo of restore.reverse()) undo();
    syncBuiltinESMExports();
  };
}

/** `new Date(ms)` and `Date.UTC` are arithmetic and stay. */
function poisonDate(): () => void {
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct(target, args: unknown[], newTarget) {
      if (args.length === 0) throw new Error('new Date() was called in a simulation; use the ports');
      return Reflect.construct(target, args, newTarget) as Date;
    },
    get(target, name, receiver) {
      if (name === 'now') {
        return () => {
          throw new Error('Date.now was called in a simulation; use the ports');
        };
      }
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  return () => {
    globalThis.Date = RealDate;
  };
}
