import { ACCOUNTING } from './accounting.ts';
import { ACTIONS_END } from './actions-end.ts';
import { BOUNDS } from './bounds.ts';
import { CURSOR } from './cursor.ts';
import { GENERATIONS } from './generations.ts';
import { HAND_OVER } from './hand-over.ts';
import type { InvariantKind } from './invariant.ts';
import { NO_LOOK_AHEAD } from './no-look-ahead.ts';
import { NOTHING_LOST } from './nothing-lost.ts';
import { ONE_OWNER } from './one-owner.ts';
import { QUIET } from './quiet.ts';
import { RECOVERY } from './recovery.ts';
import { REPLAY } from './replay.ts';
import { SIZE } from './size.ts';
import { TIMERS } from './timers.ts';

/** What must hold in every run. S13, that rare branches are reached, is of many runs; see `reached.ts`. */
export const INVARIANTS: readonly InvariantKind[] = [
  QUIET,
  ONE_OWNER,
  CURSOR,
  NOTHING_LOST,
  GENERATIONS,
  BOUNDS,
  ACTIONS_END,
  TIMERS,
  ACCOUNTING,
  SIZE,
  NO_LOOK_AHEAD,
  REPLAY,
  RECOVERY,
  HAND_OVER,
];
