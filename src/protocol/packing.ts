import { Packr } from 'msgpackr';

const PACKING = {
  // Records and shared structures decode silently wrong with another table than the writer's: plain maps only.
  useRecords: false,
  // The defaults corrupt typed arrays.
  moreTypes: true,
  structuredClone: false,
  // A typed array that pointed into the body would keep the body alive, and change with it.
  copyBuffers: true,
  // Writers in other languages use 64-bit integers for epoch milliseconds.
  int64AsType: 'number',
  // As JSON does. Documented by msgpackr, but missing in its declarations, hence not written into the call.
  skipValues: [undefined],
} as const;
/** MessagePack as every reader and writer of ours speaks it. */
export const packr = new Packr(PACKING);
