import { createRandom } from '../../src/adapters/system/random.ts';
import type { Random } from '../../src/ports/random.ts';
import type { RuntimeSettings } from '../../src/runtime/settings.ts';
import type { CloudFault } from '../cloud-faults.ts';
import { FAMILIES, familyOf, type FamilyName } from './families/index.ts';
import { FAULTS_MS } from './phases.ts';
import type { PlantedBug } from './planted.ts';

/** What a seed decides. Each part is drawn from a stream of its own, so that without a family all else stays the same. */
export interface Draw {
  readonly seed: number;
  readonly nodes: number;
  readonly pools: readonly string[];
  readonly producers: readonly string[];
  readonly families: readonly FamilyName[];
  readonly hasPrecondition: boolean;
  readonly settings: Partial<RuntimeSettings>;
  readonly cloudFaults: readonly CloudFault[];
  readonly planted: readonly PlantedBug[];
}

export interface DrawOptions {
  /** Instead of those that the seed draws. */
  readonly families?: readonly FamilyName[] | undefined;
  readonly planted?: readonly PlantedBug[] | undefined;
}

/** Share of the seeds that have no faults, and of those that have all of them. */
const QUIET_SHARE = 0.1;
const ALL_SHARE = 0.1;

export function drawOf(seed: number, options: DrawOptions, startMs: number): Draw {
  const random = createRandom(`dst/draw/${seed}`);
  const families = options.families ?? drawFamilies(random.fork('families'));
  const shape = random.fork('shape');
  return {
    seed,
    nodes: 2 + shape.int(4),
    pools: shape.next() < 0.25 ? ['web', 'jobs'] : ['web'],
    producers: Array.from({ length: 1 + shape.int(3) }, (_, i) => `p${i + 1}`),
    hasPrecondition: shape.next() < 0.5,
    families,
    settings: drawSettings(random.fork('settings')),
    cloudFaults: families.flatMap((name) => familyOf(name).cloud?.(random.fork(`cloud/${name}`), startMs, startMs + FAULTS_MS) ?? []),
    planted: options.planted ?? [],
  };
}

function drawFamilies(random: Random): readonly FamilyName[] {
  const kind = random.next();
  if (kind < QUIET_SHARE) return [];
  if (kind > 1 - ALL_SHARE) return FAMILIES.map(({ name }) => name);
  // How many there are is drawn, too: few faults at a time show other bugs than many.
  const share = 0.1 + 0.6 * random.next();
  return FAMILIES.map(({ name }) => name).filter(() => random.next() < share);
}

/** Small bounds bring what is rare in production into every run: replays, trimming, actors that are put away. */
function drawSettings(random: Random): Partial<RuntimeSettings> {
  const pick = <T>(...choices: readonly T[]): T => choices[random.int(choices.length)] as T;
  return {
    batchEntriesMax: pick(1, 3, 256),
    snapshotLagMax: pick(25, 80, 20_000),
    housekeepingMs: pick(1_500, 10_000),
    idleMs: pick(2_000, 600_000),
    actorsMax: pick(2, 4_096),
    effectsMax: pick(1, 64),
    executorTimeoutMs: pick(2_500, 8_000),
    contentType: pick('application/msgpack', 'application/json'),
  };
}
