import { isSameSize, type ReplicaSize } from '../protocol/resource.ts';

/** What a target told of the size of its replicas. Plain data; each call gives a new one. */
export interface PresentSize {
  /** What they are asked to have. */
  readonly asked: ReplicaSize;
  /** What all of them had when they last had the same. */
  readonly settled: ReplicaSize;
  /** Some have not got it yet. */
  readonly underWay: boolean;
}

/** `usual`: taken for what those have that lag behind at the first look. */
export function takeSize(before: PresentSize | undefined, asked: ReplicaSize, isEverywhere: boolean, usual: ReplicaSize): PresentSize {
  const settled = isEverywhere ? asked : (before?.settled ?? usual);
  return { asked, settled, underWay: !isEverywhere && !isSameSize(asked, settled) };
}

/** What can be counted on while some have the one and some the other. */
export function leastOf({ asked, settled }: PresentSize): ReplicaSize {
  return {
    cpuMillicores: Math.min(asked.cpuMillicores, settled.cpuMillicores),
    memoryBytes: Math.min(asked.memoryBytes, settled.memoryBytes),
  };
}
