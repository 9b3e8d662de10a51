import { BusError, type Bus } from '../../src/ports/bus.ts';
import { sleep, type Clock } from '../../src/ports/clock.ts';
import type { Random } from '../../src/ports/random.ts';
import { decorate } from './decorate.ts';

/** What goes wrong between a node and its bus. May be changed while the simulation runs. */
export interface BusFaults {
  /** Mean of the exponential delay of each request and of each reply, milliseconds. 0: none. */
  delayMs: number;
  /** Share of the calls whose request is lost: nothing is done, the caller gets an error. */
  requestLost: number;
  /** Share of the calls whose reply is lost: it is done, the caller gets the same error. */
  replyLost: number;
  /** Share of the calls that are carried out twice; the caller gets the second reply. */
  twice: number;
  /** Nothing is done at all. */
  isDown: boolean;
}

export const NO_BUS_FAULTS: Readonly<BusFaults> = { delayMs: 0, requestLost: 0, replyLost: 0, twice: 0, isDown: false };

/** A caller that gets no reply gives up after this, milliseconds. */
const GIVE_UP_MS = 200;

/** A bus behind an unreliable link. Reads that wait do so at the other end, as on a real bus. */
export function createFaultyBus(bus: Bus, clock: Clock, random: Random, faults: Readonly<BusFaults>): Bus {
  const travel = (): Promise<void> =>
    faults.delayMs > 0 ? sleep(clock, -Math.log(1 - random.next()) * faults.delayMs) : Promise.resolve();
  const happens = (share: number): boolean => share > 0 && random.next() < share;
  const giveUp = async (method: string): Promise<never> => {
    await sleep(clock, GIVE_UP_MS);
    throw new BusError('unavailable', `no reply to ${method}`);
  };
  return decorate(bus, async (method, call) => {
    await travel();
    if (faults.isDown || happens(faults.requestLost)) return giveUp(method);
    if (happens(faults.twice)) await call();
    const reply = await call();
    if (faults.isDown || happens(faults.replyLost)) return giveUp(method);
    await travel();
    return reply;
  });
}
