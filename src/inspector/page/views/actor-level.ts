import type { ActorRow } from '../../api/actors.ts';
import type { Level } from '../parts/basics.tsx';

export function levelOf({ status }: ActorRow): Level {
  return status === 'quarantined' ? 'bad' : status === 'backing-off' ? 'warn' : 'good';
}
