import type * as applicationAutoScaling from '@aws-sdk/client-application-auto-scaling';
import type * as ecs from '@aws-sdk/client-ecs';
import { InputError } from '../../problems.ts';

export interface EcsLibraries {
  readonly ecs: typeof ecs;
  readonly scaling: typeof applicationAutoScaling;
}

/** Loaded only when it is used. @throws InputError when they are not installed. */
export async function loadEcs(): Promise<EcsLibraries> {
  try {
    const [ecs, scaling] = await Promise.all([import('@aws-sdk/client-ecs'), import('@aws-sdk/client-application-auto-scaling')]);
    return { ecs, scaling };
  } catch {
    const wanted = 'its clients (npm install @aws-sdk/client-ecs@3 @aws-sdk/client-application-auto-scaling@3)';
    throw new InputError([{ place: 'AWS ECS', wanted, found: 'not installed' }]);
  }
}
