import { KERNEL_BASE64 } from './binary.ts';

/** What the compiled module exports. Addresses are bytes in its memory, valid after `plan`. */
export interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Lays out a network; `cell` 0 is LSTM, 1 is GRU. @returns bytes in use, 0 if they are more than may be. */
  plan(cell: number, units: number, steps: number, features: number, outputs: number, batchMax: number): number;
  predict(count: number): void;
  gradients(count: number): number;
  update(rate: number, normMax: number): void;
  forget(): void;
  readonly parameters: Address;
  /** Distance from a parameter to its gradient. */
  readonly gradientAt: Address;
  readonly inputs: Address;
  readonly targets: Address;
  readonly importances: Address;
  readonly outputs: Address;
  readonly levels: Address;
}

interface Address {
  readonly value: number;
}

/** The part of the standard that is used here; the library of ECMAScript does not declare it. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Compiled once a thread. */
let compiled: object | undefined;

/** @throws Error where this runtime has no WebAssembly with SIMD. */
export function instantiateKernel(): Kernel {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
  compiled ??= new Module(Buffer.from(KERNEL_BASE64, 'base64'));
  return new Instance(compiled).exports as Kernel;
}
