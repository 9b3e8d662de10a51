import { createSystemRandom } from '../../../adapters/system/random.ts';
import type { ConfiguredPool } from '../../../config/settings.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import { InputError } from '../../../problems.ts';
import { withHolidays } from '../../calendars.ts';
import type { UpOrder } from '../flags.ts';
import { connectionOf } from '../kubernetes-targets.ts';
import { ScalerController } from './controller.ts';

/** The controller, where the config has one. @throws InputError when credentials cannot be read. */
export function openScalers({ settings, compose }: UpOrder, clock: Clock, log: Log): ScalerController | undefined {
  const { predictiveScalers } = settings;
  if (predictiveScalers === undefined) return undefined;
  const connection = connectionOf(predictiveScalers, clock);
  const { namespace = connection.namespace, resyncMs, kubeconfig, context } = predictiveScalers;
  const cluster = { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
  const problemOf = async (pool: ConfiguredPool): Promise<string | undefined> => {
    try {
      await withHolidays({ ...settings, pools: [pool] }, clock.nowMs());
      return undefined;
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  };
  return new ScalerController({ connection, namespace, resyncMs, cluster, compose, problemOf, clock, random: createSystemRandom(), log });
}
