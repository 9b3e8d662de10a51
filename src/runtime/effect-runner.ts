/** Does what committed steps want done, and puts each answer into the stream of the actor that asked. */
import type { NewEntry, StoredEffect } from '../ports/bus.ts';
import { sleep } from '../ports/clock.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { createMessage } from '../protocol/create-message.ts';
import type { EffectResult } from '../protocol/internal.ts';
import type { ExecutorResult } from './behavior.ts';
import type { RuntimeContext, Tenure } from './context.ts';
import { effectIdOf } from './effect-key.ts';
import { messageOf } from './snapshot.ts';
import { jitteredBackOffMs } from './supervision.ts';

export class EffectRunner {
  readonly #context: RuntimeContext;
  readonly #tenure: Tenure;
  readonly #waiting: StoredEffect[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(context: RuntimeContext, tenure: Tenure) {
    this.#context = context;
    this.#tenure = tenure;
  }

  get pending(): number {
    return this.#waiting.length + this.#running.size;
  }

  /** Begins effects, at most `effectsMax` at once; the rest wait in order. */
  begin(effects: readonly StoredEffect[]): void {
    this.#waiting.push(...effects);
    this.#fill();
  }

  /** Resolves when everything that runs is done. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fill(): void {
    while (this.#running.size < this.#context.settings.effectsMax && !this.#tenure.signal.aborted) {
      const effect = this.#waiting.shift();
      if (effect === undefined) return;
      const run = this.#run(effect).finally(() => {
        this.#running.delete(run);
        this.#fill();
      });
      this.#running.add(run);
    }
  }

  async #run(effect: StoredEffect): Promise<void> {
    const result = await this.#answer(effect);
    if (!this.#tenure.signal.aborted) await this.#complete(effect, result);
  }

  async #answer(effect: StoredEffect): Promise<ExecutorResult> {
    const { clock, executors, settings, meter } = this.#context;
    const executor = executors[effect.executor];
    if (executor === undefined) return failed('no-executor', `nothing here does ${effect.executor}`);
    if (clock.nowMs() > effect.notAfterMs)
      return failed('expired', `it was not to begin after ${new Date(effect.notAfterMs).toISOString()}`);
    // The local guard: a node that may have lost the shard begins nothing.
    if (!this.#tenure.isHeld()) return failed('not-owner', 'the shard may be another node’s by now');
    const stop = new AbortController();
    const give = (): void => stop.abort();
    this.#tenure.signal.addEventListener('abort', give, { once: true });
    try {
      const begunMs = clock.monotonicMs();
      const answer = await Promise.race([
        executor(effect.args, {
          address: effect.address,
          effectId: effectIdOf(effect.id, effect.address),
          signal: stop.signal,
          ...(effect.traceparent === undefined ? {} : { traceparent: effect.traceparent }),
        }),
        sleep(clock, settings.executorTimeoutMs, stop.signal).then(() =>
          failed('timeout', `no answer within ${settings.executorTimeoutMs} ms; whether it was done is unknown`),
        ),
      ]);
      meter.observe('forescale_effect_seconds', (clock.monotonicMs() - begunMs) / 1_000, { executor: effect.executor });
      return answer;
    } catch (error) {
      return failed('threw', messageOf(error));
    } finally {
      this.#tenure.signal.removeEventListener('abort', give);
      stop.abort();
    }
  }

  /** The answer is written until the bus says that it has it, or that it is not wanted from us any more. */
  async #complete(effect: StoredEffect, result: ExecutorResult): Promise<void> {
    const { bus, clock, random, settings, log } = this.#context;
    const { shard, epoch, signal } = this.#tenure;
    const entry = this.#entryOf(effect, result);
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        const outcome = await bus.completeEffect(shard, epoch, effect.id, entry);
        if (outcome === 'fenced') this.#tenure.lose('an effect’s answer was refused');
        return;
      } catch (error) {
        log.warn({ shard, effect: effect.id, error: messageOf(error) }, 'the answer of an effect could not be written; it is tried again');
        await sleep(clock, jitteredBackOffMs(attempt, settings.retryMinMs, settings.retryMaxMs, random), signal);
      }
    }
  }

  #entryOf(effect: StoredEffect, result: ExecutorResult): NewEntry {
    try {
      return this.#encode(effect, result);
    } catch (error) {
      return this.#encode(effect, failed('bad-answer', `the executor’s answer cannot travel: ${messageOf(error)}`));
    }
  }

  #encode(effect: StoredEffect, result: ExecutorResult): NewEntry {
    const { clock, settings } = this.#context;
    const nowMs = clock.nowMs();
    const data: EffectResult = { effect: effectIdOf(effect.id, effect.address), executor: effect.executor, ...result };
    const { address: to, traceparent } = effect;
    const message = createMessage('effect-result', data, { source: to, sequence: 0, timeMs: nowMs, traceparent });
    return {
      shard: this.#tenure.shard,
      to,
      contentType: settings.contentType,
      body: encodeMessage(message, settings.contentType),
      atMs: nowMs,
    };
  }
}

function failed(code: string, message: string): ExecutorResult {
  return { ok: false, error: { code, message } };
}
