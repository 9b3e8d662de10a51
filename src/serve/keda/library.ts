import type * as grpcJs from '@grpc/grpc-js';
import type * as protoLoader from '@grpc/proto-loader';
import { InputError } from '../../problems.ts';

export type GrpcLibrary = typeof grpcJs;

export interface KedaLibraries {
  readonly grpc: GrpcLibrary;
  readonly loader: typeof protoLoader;
}

/** Loaded only when it is used: most installations have no KEDA. @throws InputError when they are not installed. */
export async function loadGrpc(): Promise<KedaLibraries> {
  try {
    const [grpc, loader] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
    return { grpc, loader };
  } catch {
    const wanted = 'its libraries (npm install @grpc/grpc-js@1 @grpc/proto-loader@0.8)';
    throw new InputError([{ place: 'serve.keda', wanted, found: 'not installed' }]);
  }
}
