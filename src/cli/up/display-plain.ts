import type { Display } from './display.ts';
import {
  aheadText,
  clientsText,
  forecastText,
  isForPeople,
  loadText,
  noticeText,
  noticeTimeMs,
  replicasText,
  runTimeText,
  timeText,
} from './words.ts';

const TICKS_PER_LINE = 5;

/** Lines for a log or a pipe: the state every few seconds, each decision and the end of each action. */
export function createPlainDisplay(write: (text: string) => void): Display {
  let ticks = 0;
  const line = (atMs: number, text: string): void => write(`${timeText(atMs)}  ${text}\n`);
  return {
    started({ node, nowMs, isDemo, page, pools }) {
      if (page !== undefined) line(nowMs, `inspector: ${page}`);
      for (const { pool, url } of pools)
        line(
          nowMs,
          `node ${node}: pool ${pool} is served at ${url}${isDemo ? ', with a load of our own, whose last hour it is told first' : ''}`,
        );
    },
    tick(pools, nowMs) {
      ticks += 1;
      if (ticks % TICKS_PER_LINE !== 1) return;
      for (const view of pools) {
        const load = [loadText(view), aheadText(view.report)].filter((text) => text !== '').join(', ');
        const clients = view.clients === undefined ? '' : `; clients: ${clientsText(view)}`;
        line(nowMs, `${view.pool}: ${load}; ${replicasText(view)}; forecast ${forecastText(view.report)}${clients}`);
      }
    },
    notice(view, notice, nowMs) {
      if (isForPeople(notice)) line(noticeTimeMs(notice, nowMs), `${view.pool}: ${noticeText(notice)}`);
    },
    log: (text) => write(`${text}\n`),
    stopping: (why) => line(Date.now(), `${why}: draining`),
    stopped: ({ nowMs, ranForMs }) => line(nowMs, `stopped after ${runTimeText(ranForMs)}`),
  };
}
