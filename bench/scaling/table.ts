import { costAt, SHARES, type Point, type SweptSeries } from './sweep.ts';

/** Our own run that a user gets who sets nothing: the objective of 1%. */
const UNTUNED = '0.01';

export function seriesLine({ name, intervalMs, points, optimum, burstiness }: SweptSeries): string {
  const own = points['predictive'] ?? [];
  const parts = SHARES.map((share, i) => {
    const cost = costAt(own, share);
    const rivals = Object.entries(points).filter(([rival]) => rival !== 'predictive');
    const ratios = rivals.map(([rival, of]) => `${rival} ${ratio(cost, costAt(of, share))}`);
    return `${share * 100}%: ${ratios.join(' ')} optimum ${ratio(cost, optimum[i])}`;
  });
  const untuned = own.find(({ knob }) => knob === UNTUNED);
  const said =
    untuned &&
    `untuned ${(untuned.score.violationShare * 100).toFixed(2)}% short, cost ${ratio(untuned.score.costReplicaMinutes, costAt(own, 0.01))} of the best knob`;
  return `${name} (${intervalMs / 1_000} s${burstiness >= 1 ? ', bursty' : ''}): ${parts.join(' | ')} | ${said}`;
}

/** Geometric means over series; in brackets how many, where a rival or we never reach the share the series is left out. */
export function summaryLines(swept: readonly SweptSeries[]): readonly string[] {
  const groups: readonly (readonly [string, readonly SweptSeries[]])[] = [
    ['all', swept],
    ['not bursty', swept.filter(({ burstiness }) => burstiness < 1)],
    ['bursty', swept.filter(({ burstiness }) => burstiness >= 1)],
    ['one minute', swept.filter(({ intervalMs }) => intervalMs <= 60_000)],
    ['five minutes', swept.filter(({ intervalMs }) => intervalMs > 60_000)],
  ];
  const rivals = Object.keys(swept[0]?.points ?? {}).filter((name) => name !== 'predictive');
  const lines: string[] = ['', 'Cost of predictive relative to each, both at their best knob, geometric means (series):'];
  for (const [group, of] of groups) {
    for (const [i, share] of SHARES.entries()) {
      const cells = rivals.map(
        (rival) => `${rival} ${meanOf(of.map(({ points }) => quotient(points, share, costAt(points[rival] ?? [], share))))}`,
      );
      const best = meanOf(of.map(({ points, optimum }) => quotient(points, share, optimum[i])));
      lines.push(`${group}, ${share * 100}% short: ${cells.join(', ')}, optimum ${best}`);
    }
  }
  return [...lines, ...untunedLines(swept)];
}

function untunedLines(swept: readonly SweptSeries[]): readonly string[] {
  const untuned = swept.flatMap(({ points }) => points['predictive']?.filter(({ knob }) => knob === UNTUNED) ?? []);
  const hpa = swept.flatMap(({ points }) => points['hpa']?.filter(({ knob }) => knob === '0.7') ?? []);
  const shares = untuned.map(({ score }) => score.violationShare);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const cost = meanOf(
    swept.map(({ points }, i) => quotientOf(untuned[i]?.score.costReplicaMinutes, costAt(points['predictive'] ?? [], 0.01))),
  );
  const against = meanOf(untuned.map(({ score }, i) => quotientOf(score.costReplicaMinutes, hpa[i]?.score.costReplicaMinutes)));
  const turns = meanOf(untuned.map(({ score }, i) => quotientOf(score.reversalsPerDay, hpa[i]?.score.reversalsPerDay)));
  return [
    `Untuned, objective 1%: short ${(mean(shares) * 100).toFixed(3)}% on average, ${(Math.max(...shares) * 100).toFixed(2)}% at most; cost ${cost} of our best knob at 1%`,
    `Against HPA as it is installed (target 0.7): it is short ${(mean(hpa.map(({ score }) => score.violationShare)) * 100).toFixed(2)}%; our cost ${against} of it; reversals a day ${turns} of it`,
    `Objectives met (mean, most): ${SHARES.map((share) => metText(swept, share)).join('; ')}`,
  ];
}

function metText(swept: readonly SweptSeries[], share: number): string {
  const shares = swept
    .flatMap(({ points }) => points['predictive']?.filter(({ knob }) => knob === String(share)) ?? [])
    .map(({ score }) => score.violationShare);
  const mean = shares.reduce((sum, value) => sum + value, 0) / Math.max(1, shares.length);
  return `${share * 100}%: ${(mean * 100).toFixed(3)}%, ${(Math.max(...shares) * 100).toFixed(2)}%`;
}

function quotient(points: Readonly<Record<string, readonly Point[]>>, share: number, other: number | undefined): number | undefined {
  return quotientOf(costAt(points['predictive'] ?? [], share), other);
}

function quotientOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined || !(one > 0 && other > 0) ? undefined : one / other;
}

function ratio(one: number | undefined, other: number | undefined): string {
  return quotientOf(one, other)?.toFixed(3) ?? 'never';
}

function meanOf(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return 'never';
  return `${Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length).toFixed(3)} (${known.length})`;
}
