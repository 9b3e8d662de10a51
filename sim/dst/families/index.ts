import { BUS_FAMILIES } from './bus.ts';
import { about, type FaultFamily, type Surroundings } from './family.ts';
import { NETWORK_FAMILIES } from './network.ts';
import { NODE_FAMILIES } from './nodes.ts';
import { PRODUCER_FAMILIES } from './producers.ts';
import { TARGET_FAMILIES } from './target.ts';

const ALL = [...NETWORK_FAMILIES, ...NODE_FAMILIES, ...BUS_FAMILIES, ...TARGET_FAMILIES, ...PRODUCER_FAMILIES] as const;

export type FamilyName = (typeof ALL)[number]['name'];

export const FAMILIES: readonly FaultFamily<FamilyName>[] = ALL;

export function familyOf(name: FamilyName): FaultFamily<FamilyName> {
  const family = FAMILIES.find((one) => one.name === name);
  if (family === undefined) throw new RangeError(`there is no fault family ${name}`);
  return family;
}

export function isFamilyName(name: string): name is FamilyName {
  return FAMILIES.some((family) => family.name === name);
}

/** Lets a family loose until the world heals. */
export function unleash(family: FaultFamily<FamilyName>, world: Surroundings): void {
  const random = world.random.fork(`family/${family.name}`);
  family.begin?.(world, random);
  const { everyMs } = family;
  if (everyMs === undefined) return;
  const next = (): void =>
    world.later(about(everyMs, random), () => {
      family.strike?.(world, random);
      next();
    });
  next();
}
