import type { SizePlan } from '../protocol/plan.ts';
import { isSameSize, type ReplicaSize } from '../protocol/resource.ts';
import type { PlanInputs, VerticalInput } from './inputs.ts';
import { outlookOf } from './outlook.ts';
import type { PlannerSettings, ReplicaCapacity } from './settings.ts';
import type { VerticalRules } from './vertical-rules.ts';
import { bytesText, figure, percentText, replicasText, sizeText } from './words.ts';

const BYTES_PER_GB = 1e9;
const MILLICORES_PER_CORE = 1_000;

interface Option {
  readonly size: ReplicaSize;
  readonly replicas: number;
  readonly costPerHour: number;
  /** Its memory holds the measured peak with the margin. */
  readonly fits: boolean;
}

/**
 * The cheapest count x size for the load that the count is planned for. A replica of twice the CPU
 * is taken to serve twice the requests, and to need twice the memory. Never a size whose memory is under the measured peak
 * plus the margin; while the peak is not measured, none with less memory than now. A change has to save enough for long
 * enough, but where the present size does not hold the peak. undefined: not asked for, or nothing to say it from.
 */
export function sizePlanOf(inputs: PlanInputs, settings: PlannerSettings): SizePlan | undefined {
  const { vertical: rules } = settings;
  if (rules === undefined || inputs.report === null) return undefined;
  const { peakMemoryBytes = null, wished = null, present: has = rules.size } = inputs.vertical ?? {};
  const optionFor = (size: ReplicaSize): Option | undefined => optionOf(size, has, inputs, settings, rules, peakMemoryBytes);
  const present = optionFor(has);
  if (present === undefined) return undefined;
  const others = [rules.size, ...rules.sizes].flatMap((size) => (isSameSize(size, has) ? [] : (optionFor(size) ?? [])));
  const best = cheapest(present, others, rules);
  const isChange = best !== present;
  const sinceMs = isChange && wished !== null && isSameSize(wished.size, best.size) ? wished.sinceMs : inputs.atMs;
  const advised = isChange && (!present.fits || inputs.atMs - sinceMs >= rules.holdMs);
  return {
    cpuMillicores: best.size.cpuMillicores,
    memoryBytes: best.size.memoryBytes,
    replicas: best.replicas,
    costPerHour: rounded(best.costPerHour),
    present: { replicas: present.replicas, costPerHour: rounded(present.costPerHour) },
    peakMemoryBytes,
    sinceMs,
    advised,
    sentence: sentenceOf(present, best, isChange, peakMemoryBytes),
  };
}

/** What is remembered for the next plan. */
export function wishOf(made: SizePlan | undefined, present: ReplicaSize): VerticalInput['wished'] {
  if (made === undefined) return null;
  const { cpuMillicores, memoryBytes, sinceMs } = made;
  return isSameSize(made, present) ? null : { size: { cpuMillicores, memoryBytes }, sinceMs };
}

function cheapest(present: Option, others: readonly Option[], { savingMin }: VerticalRules): Option {
  const fitting = others.filter(({ fits }) => fits);
  const worth = present.fits ? fitting.filter(({ costPerHour }) => costPerHour <= present.costPerHour * (1 - savingMin)) : fitting;
  return (
    worth.reduce<Option | undefined>((best, one) => (best === undefined || one.costPerHour < best.costPerHour ? one : best), undefined) ??
    present
  );
}

/** undefined: the load is not known, or would need more replicas than there may be. */
function optionOf(
  size: ReplicaSize,
  present: ReplicaSize,
  inputs: PlanInputs,
  settings: PlannerSettings,
  rules: VerticalRules,
  peak: number | null,
): Option | undefined {
  const times = size.cpuMillicores / present.cpuMillicores;
  // What is followed is told in replicas of the present size.
  const replicaCapacity = capacityAt(settings.replicaCapacity, present, size);
  const outlook = outlookOf({ ...inputs, followed: null }, { ...settings, replicaCapacity });
  const needs = [outlook.now, outlook.downTo ?? outlook.recent].flatMap((need) => need?.replicas ?? []);
  if (needs.length === 0) return undefined;
  const replicas = Math.max(settings.minReplicas, ...needs);
  const isPresent = isSameSize(size, present);
  if (replicas > settings.maxReplicas && !isPresent) return undefined;
  const { core, memoryGB, replica } = rules.prices;
  const price = replica + (core * size.cpuMillicores) / MILLICORES_PER_CORE + (memoryGB * size.memoryBytes) / BYTES_PER_GB;
  const atLeast = (peak === null ? present.memoryBytes : peak * (1 + rules.memoryMargin)) * Math.max(1, times);
  const fits = size.memoryBytes >= atLeast || (isPresent && peak === null);
  return { size, replicas, costPerHour: replicas * price, fits };
}

/** CPU bounds requests, memory bounds memory, and the network is as it is. */
export function capacityAt(capacity: ReplicaCapacity, from: ReplicaSize, to: ReplicaSize): ReplicaCapacity {
  const times = to.cpuMillicores / from.cpuMillicores;
  const timesMemory = to.memoryBytes / from.memoryBytes;
  const { requestsPerSecond, cpuMillicores, memoryBytes } = capacity;
  return {
    ...capacity,
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond: requestsPerSecond * times }),
    ...(cpuMillicores === undefined ? {} : { cpuMillicores: cpuMillicores * times }),
    ...(memoryBytes === undefined ? {} : { memoryBytes: memoryBytes * timesMemory }),
  };
}

function sentenceOf(present: Option, best: Option, isChange: boolean, peak: number | null): string {
  const each = ({ replicas, size }: Option): string => `${replicasText(replicas)} of ${sizeText(size)}`;
  const measured = peak === null ? 'memory has not been measured' : `a replica had at most ${bytesText(peak)} of memory`;
  if (!isChange && !present.fits) return `No size holds the memory that is needed: ${measured}`;
  if (!isChange) return `Keep ${each(present)}: ${measured}, and no other size is enough cheaper`;
  const saving = 1 - best.costPerHour / present.costPerHour;
  const costs = present.fits
    ? `saves ${percentText(saving)}`
    : `costs ${figure(best.costPerHour)} an hour, and the present size is too small`;
  return `${each(best)} in the place of ${each(present)} ${costs}: ${measured}`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
