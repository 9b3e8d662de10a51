/** Seeds that found a bug once, with the faults that it took, or with all that the seed draws. They must hold from then on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureLine } from '../../../sim/dst/failure-report.ts';
import { isFamilyName } from '../../../sim/dst/families/index.ts';
import { runSeed } from '../../../sim/dst/run-seed.ts';

const FOUND: readonly (readonly [seed: number, families: string, bug: string])[] = [
  [
    76,
    'loss partition partition-out target-lost-answers target-late producer-clone',
    'a lease that had lapsed came back, its shard did not',
  ],
  [
    109,
    'crash-all crash-while-draining mixed-versions bus-failover external-writer producer-clone',
    'parked messages waited for another one',
  ],
  [20_210, 'reply-lost suspend leave join-late', 'a new node left to a dead one what was handed over to it'],
  [20_222, '', 'a node that leaves handed its shards over before the others knew'],
  [20_273, '', 'a deadline grew by what an action that had failed long ago had waited for'],
  [21_237, '', 'after healing a drained node came back too late (the harness)'],
  [22_069, '', 'an action had gone back for good reason and was held to the plan before (the harness)'],
  [21_252, '', 'each deadline that passed prolonged the next one'],
  [24_081, '', 'what a node handed over while another joined was left to that one, which thought it a dead one’s'],
  [100_026, '', 'who was cut off took a node for alive, for a whole lease, that had died meanwhile'],
  [101_217, '', 'a beat that came late took back that its node leaves'],
  [100_881, '', 'a budget that was shared anew led to two writes within one call of the target (the harness)'],
  [400_844, '', 'what was handed to a node that had just said it leaves was nobody’s until all had heard of it'],
  [520_059, '', 'replicas that earlier actions had asked for, before all nodes crashed, prolonged the deadline'],
  [540_237, '', 'who took a dead node’s shard handed it over before the others knew that it was dead'],
  [540_128, '', 'who was to get a shard, until another joined, looked for it only at its next beat'],
  [540_361, '', 'an actor that nobody needed after a crash was held for lost, though its stream was left (the harness)'],
  [613_272, '', 'a shard was handed to a node that had been silent for nearly a lease, and was dead'],
  [3, 'delay partition-out clog crash pause suspend leave bus-down garbage', 'a message in a foreign shard made a second actor'],
];

for (const [seed, families, bug] of FOUND) {
  test(`dst: seed ${seed} holds, which found that ${bug}`, async () => {
    const result = await runSeed({ seed, ...(families === '' ? {} : { families: families.split(' ').filter(isFamilyName) }) });
    assert.equal(result.violation, undefined, failureLine(result));
  });
}
