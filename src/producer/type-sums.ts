import type { Load } from '../protocol/observation.ts';
import { NAME_LENGTH_MAX, type NameTable } from './name-table.ts';

/** Columns of a row: requests, CPU seconds, memory bytes, network bytes. */
const COLUMNS = 4;
/** No single request takes a petabyte. */
const AMOUNT_MAX = 1e15;

/** Sums of one interval per request type, in one typed array. */
export class TypeSums {
  /** Amounts that were negative, no numbers or absurd; taken as 0. */
  badSizes = 0;
  readonly #sums: Float64Array;

  constructor(types: number) {
    this.#sums = new Float64Array(types * COLUMNS);
  }

  add(type: number, requests: number, cpuSeconds: number, memoryBytes: number, networkBytes: number): void {
    const at = type * COLUMNS;
    this.#addTo(at, requests);
    this.#addTo(at + 1, cpuSeconds);
    this.#addTo(at + 2, memoryBytes);
    this.#addTo(at + 3, networkBytes);
  }

  requestsOf(type: number): number {
    return this.#sums[type * COLUMNS] ?? 0;
  }

  total(): Load {
    const total = { requests: 0, cpuSeconds: 0, memoryBytes: 0, networkBytes: 0 };
    for (let type = 0; type * COLUMNS < this.#sums.length; type += 1) addLoad(total, this.#row(type));
    return total;
  }

  /** Types that had anything, under their names; names that become equal when cut are added up. */
  byType(names: NameTable): Record<string, Load> {
    const loads = new Map<string, Load>();
    for (let type = 0; type < names.size; type += 1) {
      const row = this.#row(type);
      if (row.requests + row.cpuSeconds + row.memoryBytes + row.networkBytes === 0) continue;
      const name = names.nameOf(type).slice(0, NAME_LENGTH_MAX);
      const known = loads.get(name);
      if (known === undefined) loads.set(name, row);
      else addLoad(known, row);
    }
    // fromEntries makes own properties of all names, `__proto__` too.
    return Object.fromEntries(loads);
  }

  clear(): void {
    this.#sums.fill(0);
  }

  #addTo(at: number, amount: number): void {
    if (amount >= 0 && amount <= AMOUNT_MAX) this.#sums[at] = (this.#sums[at] ?? 0) + amount;
    else this.badSizes += 1;
  }

  #row(type: number): Load {
    const at = type * COLUMNS;
    const [requests = 0, cpuSeconds = 0, memoryBytes = 0, networkBytes = 0] = this.#sums.subarray(at, at + COLUMNS);
    return { requests, cpuSeconds, memoryBytes, networkBytes };
  }
}

function addLoad(sum: Load, load: Load): void {
  sum.requests += load.requests;
  sum.cpuSeconds += load.cpuSeconds;
  sum.memoryBytes += load.memoryBytes;
  sum.networkBytes += load.networkBytes;
}
