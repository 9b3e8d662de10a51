import type * as autoScaling from '@aws-sdk/client-auto-scaling';
import { InputError } from '../../problems.ts';

export type AutoScalingLibrary = typeof autoScaling;

/** Loaded only when it is used: most installations are not on AWS. @throws InputError when it is not installed. */
export async function loadAutoScaling(): Promise<AutoScalingLibrary> {
  try {
    return await import('@aws-sdk/client-auto-scaling');
  } catch {
    const wanted = 'its client (npm install @aws-sdk/client-auto-scaling@3)';
    throw new InputError([{ place: 'AWS Auto Scaling', wanted, found: 'not installed' }]);
  }
}
