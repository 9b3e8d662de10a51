import type { PoolDetail } from '../../api/pools.ts';
import { duration, plural } from '../format.ts';
import { Empty } from '../parts/basics.tsx';

const BINS = 18;

export function LeadTimes({ detail: { leadTimes, settings } }: { readonly detail: PoolDetail }) {
  if (leadTimes.length === 0) {
    const prior = priorText(settings);
    return (
      <Empty title="Not measured yet" isSmall>
        It is measured by each scaling action.{prior === undefined ? '' : ` Until then ${prior} is assumed.`}
      </Empty>
    );
  }
  const sorted = [...leadTimes].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const top = at(1) * 1.0001 || 1;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const one of sorted) {
    const bin = Math.min(BINS - 1, Math.floor((one / top) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  return (
    <>
      <div
        class="bars"
        role="img"
        aria-label={`Lead times of ${plural(sorted.length, 'replica')}: half took ${duration(at(0.5))} or less, 19 of 20 ${duration(at(0.95))}`}
      >
        {counts.map((count, i) => (
          <div
            key={i}
            class={count === 0 ? 'none' : ''}
            style={{ height: `${Math.max(2, (count / most) * 100)}%` }}
            title={`${plural(count, 'replica')} from ${duration((i * top) / BINS)} to ${duration(((i + 1) * top) / BINS)}`}
          />
        ))}
      </div>
      <div class="axis">
        <span>0</span>
        <span>{duration(top / 2)}</span>
        <span>{duration(top)}</span>
      </div>
      <p class="faint">
        {plural(sorted.length, 'replica')}; half within <b>{duration(at(0.5))}</b>, 19 of 20 within <b>{duration(at(0.95))}</b>
      </p>
    </>
  );
}

function priorText(settings: unknown): string | undefined {
  if (typeof settings !== 'object' || settings === null || !('leadTimePrior' in settings)) return undefined;
  const prior = settings.leadTimePrior as { readonly p50Ms?: unknown; readonly p95Ms?: unknown };
  return typeof prior.p50Ms === 'number' && typeof prior.p95Ms === 'number'
    ? `${duration(prior.p50Ms)}, at most ${duration(prior.p95Ms)},`
    : undefined;
}
