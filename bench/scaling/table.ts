import type { Score } from '../../sim/score.ts';
import { costAt, isCalm, SHARES, type Point, type SweptSeries } from './sweep.ts';

const OWN = 'predictive';

/** Our own run that a user gets who sets nothing: the objective of 1%. */
const UNTUNED = '0.01';

export function seriesLine({ name, intervalMs, points, optimum, burstiness }: SweptSeries): string {
  const own = points[OWN] ?? [];
  const parts = SHARES.map((share, i) => {
    const cost = costAt(own, share);
    const rivals = Object.entries(points).filter(([rival]) => rival !== OWN);
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
export function summaryLines(swept: readonly SweptSeries[], classes: ReadonlyMap<string, string>): readonly string[] {
  const groups = groupsOf(swept, classes).filter(([, of]) => of.length > 0);
  const rivals = Object.keys(swept[0]?.points ?? {}).filter((name) => name !== OWN);
  const lines: string[] = ['', 'Cost of predictive relative to each, both at their best knob, geometric means (series):'];
  for (const [group, of] of groups) lines.push(...costLines(group, of, rivals));
  lines.push('', 'The same with the dead band as it comes:');
  const calm = groups.map(([group, of]) => [group, of.map(withCalmOnly)] as const);
  for (const [group, of] of calm) lines.push(...costLines(group, of, rivals));
  lines.push('', ...groups.flatMap(([group, of]) => untunedLines(group, of)));
  return [...lines, '', ...elasticityLines(swept), '', ...worseLines(swept)];
}

function costLines(group: string, of: readonly SweptSeries[], rivals: readonly string[]): readonly string[] {
  return SHARES.map((share, i) => {
    const cells = rivals.map(
      (rival) => `${rival} ${meanOf(of.map(({ points }) => quotient(points, share, costAt(points[rival] ?? [], share))))}`,
    );
    const best = meanOf(of.map(({ points, optimum }) => quotient(points, share, optimum[i])));
    return `${group}, ${share * 100}% short: ${cells.join(', ')}, optimum ${best}`;
  });
}

function withCalmOnly(series: SweptSeries): SweptSeries {
  return { ...series, points: { ...series.points, [OWN]: (series.points[OWN] ?? []).filter(isCalm) } };
}

/** What the pilot calls degenerate needs too few replicas there; it is in none of its groups. */
function groupsOf(
  swept: readonly SweptSeries[],
  classes: ReadonlyMap<string, string>,
): readonly (readonly [string, readonly SweptSeries[]])[] {
  const dev = swept.filter(({ name }) => classes.has(name) && classes.get(name) !== 'degenerate');
  return [
    ['all', swept],
    ['not bursty', swept.filter(({ burstiness }) => burstiness < 1)],
    ['bursty', swept.filter(({ burstiness }) => burstiness >= 1)],
    ['one minute', swept.filter(({ intervalMs }) => intervalMs <= 60_000)],
    ['five minutes', swept.filter(({ intervalMs }) => intervalMs > 60_000)],
    ['dev', dev],
    ['dev, diurnal', dev.filter(({ name }) => classes.get(name) === 'diurnal')],
    ['dev, bursty', dev.filter(({ name }) => classes.get(name) === 'bursty')],
    ['dev, one minute', dev.filter(({ intervalMs }) => intervalMs <= 60_000)],
    ['dev, five minutes', dev.filter(({ intervalMs }) => intervalMs > 60_000)],
  ];
}

/** SPEC elasticity metrics and what a user sees, means over the series: ours as it is given an objective, rivals as they are installed. */
function elasticityLines(swept: readonly SweptSeries[]): readonly string[] {
  const rows: readonly (readonly [string, string, string])[] = [
    ['predictive, objective 5%', OWN, '0.05'],
    ['predictive, objective 1%', OWN, UNTUNED],
    ['predictive, objective 0.1%', OWN, '0.001'],
    ['hpa, target 0.7', 'hpa', '0.7'],
    ['reactive, 5 min x 1.2', 'reactive', '5x1.2'],
  ];
  return [
    'Elasticity (SPEC RG), percent: theta U, theta O, tau U, tau O, instability; reversals a day; changes a day:',
    ...rows.map(([said, policy, knob]) => {
      const scores = swept.flatMap(({ points }) => points[policy]?.filter((point) => point.knob === knob) ?? []).map(({ score }) => score);
      const mean = (read: (score: Score) => number): string => average(scores.map(read)).toFixed(2);
      const { thetaUnder, thetaOver, tauUnder, tauOver, instability } = ELASTICITY;
      return `${said}: ${[thetaUnder, thetaOver, tauUnder, tauOver, instability].map(mean).join(', ')}; ${mean((s) => s.reversalsPerDay)}; ${mean((s) => s.changesPerDay)}`;
    }),
  ];
}

const ELASTICITY = {
  thetaUnder: ({ elasticity }: Score) => elasticity.thetaUnder,
  thetaOver: ({ elasticity }: Score) => elasticity.thetaOver,
  tauUnder: ({ elasticity }: Score) => elasticity.tauUnder,
  tauOver: ({ elasticity }: Score) => elasticity.tauOver,
  instability: ({ elasticity }: Score) => elasticity.instability,
};

/** Series may cost that much of the best reactive rule, at each of SHARES. */
const WORSE_MAX = [1.02, 1.005, 1.02] as const;

function worseLines(swept: readonly SweptSeries[]): readonly string[] {
  return SHARES.map((share, i) => {
    const worse = swept.flatMap(({ name, points }) => {
      const of = quotient(points, share, costAt(points['reactive'] ?? [], share));
      return of !== undefined && of > (WORSE_MAX[i] ?? 1) ? [`${name} ${of.toFixed(3)}`] : [];
    });
    return `Above ${WORSE_MAX[i]} of the best reactive rule at ${share * 100}%: ${worse.length === 0 ? 'none' : worse.join(', ')}`;
  });
}

/** Bar: turns of direction, as a share of those of the HPA. */
const TURNS_MAX = 0.5;
/** A day; a ratio of none to none says nothing. */
const TURNS_FLOOR = 0.1;

function untunedLines(group: string, swept: readonly SweptSeries[]): readonly string[] {
  const untuned = swept.flatMap(({ points }) => points[OWN]?.filter(({ knob }) => knob === UNTUNED) ?? []);
  const hpa = swept.flatMap(({ points }) => points['hpa']?.filter(({ knob }) => knob === '0.7') ?? []);
  const shares = untuned.map(({ score }) => score.violationShare);
  const cost = meanOf(swept.map(({ points }, i) => quotientOf(untuned[i]?.score.costReplicaMinutes, costAt(points[OWN] ?? [], 0.01))));
  const against = meanOf(untuned.map(({ score }, i) => quotientOf(score.costReplicaMinutes, hpa[i]?.score.costReplicaMinutes)));
  const turns = untuned.map(({ score }) => score.reversalsPerDay);
  const peerTurns = hpa.map(({ score }) => score.reversalsPerDay);
  const ratios = turns.map((own, i) => (own + TURNS_FLOOR) / ((peerTurns[i] ?? 0) + TURNS_FLOOR));
  const restless = turns.filter((own, i) => own > TURNS_MAX * (peerTurns[i] ?? 0)).length;
  return [
    `${group}, untuned, objective 1%: short ${(average(shares) * 100).toFixed(3)}% on average, ${(Math.max(...shares) * 100).toFixed(2)}% at most; cost ${cost} of our best knob at 1%`,
    `  against HPA as it is installed (target 0.7): it is short ${(average(hpa.map(({ score }) => score.violationShare)) * 100).toFixed(2)}%; our cost ${against} of it; reversals a day ${average(turns).toFixed(2)} against ${average(peerTurns).toFixed(2)} (geometric mean of the ratios ${meanOf(ratios)}), above half of its on ${restless} of ${swept.length}`,
    `  objectives met (mean, compliance gap, most): ${SHARES.map((share) => metText(swept, share)).join('; ')}`,
  ];
}

function metText(swept: readonly SweptSeries[], share: number): string {
  const shares = swept
    .flatMap(({ points }) => points[OWN]?.filter(({ knob }) => knob === String(share)) ?? [])
    .map(({ score }) => score.violationShare);
  const [mean, gap] = [average(shares), average(shares.map((got) => Math.abs(got - share)))];
  return `${share * 100}%: ${(mean * 100).toFixed(3)}%, ${(gap * 100).toFixed(3)}, ${(Math.max(...shares) * 100).toFixed(2)}%`;
}

function quotient(points: Readonly<Record<string, readonly Point[]>>, share: number, other: number | undefined): number | undefined {
  return quotientOf(costAt(points[OWN] ?? [], share), other);
}

function quotientOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined || !(one > 0 && other > 0) ? undefined : one / other;
}

function ratio(one: number | undefined, other: number | undefined): string {
  return quotientOf(one, other)?.toFixed(3) ?? 'never';
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function meanOf(values: readonly (number | undefined)[]): string {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return 'never';
  return `${Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length).toFixed(3)} (${known.length})`;
}
