/** Executes committed effects, a bounded number at a time, and puts their results into the actors' streams. */
import type { NewEntry, StoredEffect } from '../ports/bus.ts';
import type { Span } from '../ports/tracer.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { createMessage } from '../protocol/create-message.ts';
import type { EffectResult } from '../protocol/internal.ts';
import { BackOff } from './back-off.ts';
import type { ExecutorResult } from './behavior.ts';
import { STOPPED, type RuntimeContext, type Tenure } from './context.ts';
import { effectIdOf } from './effect-key.ts';
import { messageOf } from './snapshot.ts';
import { subjectOf } from './step-spans.ts';

interface Job {
  readonly tenure: Tenure;
  readonly effect: StoredEffect;
}

interface TenureEffects {
  /** Ids of those that wait or run: a reload of the shard must not begin them twice. */
  readonly known: Set<string>;
  /** Ends those that run. */
  readonly stops: Set<() => void>;
  /** The shard is being handed over: what waits is left to the next owner. */
  isEnding: boolean;
  running: number;
  /** Called when none runs any more. */
  readonly idle: (() => void)[];
}

export class EffectRunner {
  readonly #context: RuntimeContext;
  readonly #ofTenure = new WeakMap<Tenure, TenureEffects>();
  readonly #waiting: Job[] = [];
  #running = 0;

  constructor(context: RuntimeContext) {
    this.#context = context;
  }

  /** Waiting and running. Bounded by what actors asked for. */
  get pending(): number {
    return this.#waiting.length + this.#running;
  }

  add(tenure: Tenure, effects: readonly StoredEffect[]): void {
    const { known } = this.#effectsOf(tenure);
    for (const effect of effects) {
      if (known.has(effect.id)) continue;
      known.add(effect.id);
      this.#waiting.push({ tenure, effect });
    }
    this.#begin();
  }

  /** Begins no more effects of a tenure; resolves when those that run are done. What waits stays stored, for the next owner. */
  settle(tenure: Tenure): Promise<void> {
    const effects = this.#effectsOf(tenure);
    effects.isEnding = true;
    return new Promise((resolve) => {
      if (effects.running === 0) resolve();
      else effects.idle.push(resolve);
    });
  }

  #effectsOf(tenure: Tenure): TenureEffects {
    const present = this.#ofTenure.get(tenure);
    if (present !== undefined) return present;
    const made: TenureEffects = { known: new Set(), stops: new Set(), isEnding: false, running: 0, idle: [] };
    // One listener for all: a signal with one for each effect would warn of a leak.
    tenure.signal.addEventListener('abort', () => made.stops.forEach((stop) => stop()), { once: true });
    this.#ofTenure.set(tenure, made);
    return made;
  }

  #begin(): void {
    while (this.#running < this.#context.settings.effectsMax) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      const effects = this.#effectsOf(job.tenure);
      if (effects.isEnding) continue;
      effects.running += 1;
      this.#running += 1;
      void this.#run(job);
    }
  }

  async #run({ tenure, effect }: Job): Promise<void> {
    const { clock, log, meter } = this.#context;
    try {
      // The local guard: a node that may have lost the shard begins nothing.
      if (!tenure.isHeld()) return tenure.lose('its lease may have run out');
      const begunMs = clock.monotonicMs();
      const span = this.#spanOf(effect);
      const result = await this.#execute(tenure, effect, span?.traceparent ?? effect.traceparent);
      span?.end(clock.nowMs(), result.ok ? undefined : `${result.error.code}: ${result.error.message}`);
      meter.count('forescale_effects_total', { executor: effect.executor, outcome: result.ok ? 'ok' : result.error.code });
      meter.observe('forescale_effect_seconds', (clock.monotonicMs() - begunMs) / 1_000, { executor: effect.executor });
      await this.#complete(tenure, effect, result);
    } catch (error) {
      // Only a bug comes here. The effect stays stored, so the next owner of the shard runs it.
      log.error({ effect: effect.id, error: messageOf(error) }, 'an effect could not be completed');
    } finally {
      const effects = this.#effectsOf(tenure);
      effects.known.delete(effect.id);
      effects.running -= 1;
      this.#running -= 1;
      this.#begin();
      if (effects.running === 0) for (const resolve of effects.idle.splice(0)) resolve();
    }
  }

  /** Only of what is part of a trace. */
  #spanOf({ executor, address, args, traceparent }: StoredEffect): Span | undefined {
    const { tracer, clock } = this.#context;
    if (tracer === undefined || traceparent === undefined) return undefined;
    const attributes = { 'forescale.actor': address, ...subjectOf(args) };
    return tracer.begin({ name: executor, kind: 'client', parent: traceparent, atMs: clock.nowMs(), attributes });
  }

  #execute(tenure: Tenure, effect: StoredEffect, traceparent: string | undefined): Promise<ExecutorResult> {
    const { clock, executors, settings } = this.#context;
    if (clock.nowMs() > effect.notAfterMs) return Promise.resolve(failure('expired', 'it was not begun in time'));
    const executor = executors[effect.executor];
    if (executor === undefined) return Promise.resolve(failure('no-executor', `nothing here does ${effect.executor}`));
    const { address } = effect;
    return new Promise((resolve) => {
      const ending = new Ending();
      const { stops } = this.#effectsOf(tenure);
      const stop = (): void => finish(failure('aborted', 'the node lost the shard'));
      const timer = clock.setTimer(settings.executorTimeoutMs, () =>
        finish(failure('timeout', `it had no answer within ${settings.executorTimeoutMs} ms`)),
      );
      const finish = (result: ExecutorResult): void => {
        timer.cancel();
        stops.delete(stop);
        ending.come();
        resolve(result);
      };
      stops.add(stop);
      const execution = {
        address,
        effectId: effectIdOf(effect.id, address),
        ...(traceparent === undefined ? undefined : { traceparent }),
        get signal() {
          return ending.signal;
        },
      };
      // An executor that throws before its promise is one that throws.
      Promise.resolve()
        .then(() => executor(effect.args, execution))
        .then(finish, (error: unknown) => finish(failure('threw', messageOf(error))));
    });
  }

  /** Until the bus has the result: each attempt may be repeated, the second one finds the effect gone. */
  async #complete(tenure: Tenure, effect: StoredEffect, result: ExecutorResult): Promise<void> {
    const { bus, clock, random, settings, log } = this.#context;
    const backOff = new BackOff(clock, random, settings);
    const entry = this.#entryOf(tenure, effect, result);
    while (tenure.isHeld()) {
      try {
        const outcome = await bus.completeEffect(tenure.shard, tenure.epoch, effect.id, entry);
        if (outcome === 'fenced') tenure.lose('the result of an effect was fenced');
        return;
      } catch (error) {
        log.warn({ effect: effect.id, error: messageOf(error) }, 'the result of an effect could not be stored; trying again');
        await backOff.wait();
      }
    }
  }

  #entryOf(tenure: Tenure, effect: StoredEffect, result: ExecutorResult): NewEntry {
    const { clock, settings } = this.#context;
    const atMs = clock.nowMs();
    const encode = (data: EffectResult): Uint8Array =>
      encodeMessage(
        createMessage('effect-result', data, {
          source: effect.address,
          id: `${effect.id}/result`,
          timeMs: atMs,
          traceparent: effect.traceparent,
        }),
        settings.contentType,
      );
    const about = { effect: effectIdOf(effect.id, effect.address), executor: effect.executor };
    const base = { shard: tenure.shard, to: effect.address, contentType: settings.contentType, atMs };
    try {
      return { ...base, body: encode({ ...about, ...result }) };
    } catch (error) {
      return { ...base, body: encode({ ...about, ...failure('bad-answer', `the executor’s answer cannot travel: ${messageOf(error)}`) }) };
    }
  }
}

/** The end of an execution, as a signal for who asks for one: most executors do not, and making and telling it is not cheap. */
class Ending {
  #abort: AbortController | undefined;
  #hasCome = false;

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#hasCome) this.#abort.abort(STOPPED);
    return this.#abort.signal;
  }

  come(): void {
    this.#hasCome = true;
    this.#abort?.abort(STOPPED);
  }
}

function failure(code: string, message: string): ExecutorResult & { readonly ok: false } {
  return { ok: false, error: { code, message } };
}
