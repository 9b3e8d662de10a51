/** What the simulation holds a target to while an action gives back what it asked for (seed 609829: ten milliseconds before the look). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Happening } from '../../../sim/dst/happening.ts';
import { Wanted } from '../../../sim/dst/wanted.ts';
import type { ShardCommit } from '../../../src/ports/bus.ts';
import { encodeMessage } from '../../../src/protocol/codec.ts';
import { createMessage } from '../../../src/protocol/create-message.ts';
import type { MessageData, MessageName } from '../../../src/protocol/message.ts';

const CONTENT = 'application/json';

function said<N extends MessageName>(name: N, data: MessageData[N]) {
  return { body: encodeMessage(createMessage(name, data, { source: 'act:web/8', timeMs: 0 }), CONTENT), contentType: CONTENT };
}

function committed(given: { readonly sends?: unknown[]; readonly publishes?: unknown[]; readonly effects?: unknown[] }): Happening {
  const commit = { sends: [], publishes: [], effects: [], ...given } as unknown as ShardCommit;
  return { kind: 'committed', by: 'n1', commit, epochCurrent: 1, cursorBefore: '0-0', appended: [] };
}

const command = (generation: number): Happening =>
  committed({
    sends: [
      said('scaling-command', {
        pool: 'web',
        planId: 'web/1',
        generation,
        fromReplicas: 7,
        toReplicas: 10,
        decidedAtMs: 0,
        deadlineMs: 10_000,
        expectedReadyMs: 1_000,
        reason: 'more is needed',
      }),
    ],
  });

const write = (generation: number, replicas: number): Happening =>
  committed({ effects: [{ executor: 'target.scale', args: { pool: 'web', generation, replicas } }] });

const ending = (generation: number): Happening => {
  const data = { pool: 'web', planId: 'web/1', generation, outcome: 'rolled-back', reason: 'late' } as const;
  const counts = { fromReplicas: 7, toReplicas: 10, readyReplicas: 7, attempts: 1, leadTimesMs: [] };
  return committed({ publishes: [{ topic: 'actions', ...said('feedback', { ...data, ...counts }) }] });
};

function after(...happenings: readonly Happening[]): readonly [goingBack: number | undefined, wanted: number | undefined] {
  const wanted = new Wanted();
  for (const happening of happenings) wanted.hear(happening);
  return [wanted.goingBack.get('web'), wanted.replicas.get('web')];
}

test('dst: a target may be where the latest action goes back to from that write until the action has ended, and no longer', () => {
  assert.deepEqual(after(command(8), write(8, 10)), [undefined, undefined]);
  assert.deepEqual(after(command(8), write(8, 10), write(9, 7)), [7, undefined]);
  assert.deepEqual(after(command(8), write(8, 10), write(9, 7), ending(8)), [undefined, 7]);
  assert.deepEqual(after(command(8), write(9, 7), command(10)), [undefined, undefined], 'a later action is held to its plan');
  assert.deepEqual(after(command(10), write(9, 7)), [undefined, undefined], 'an earlier one goes back to nothing');
});
