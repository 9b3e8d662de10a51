import type { FollowedInput, Standing } from './inputs.ts';
import type { ShadowRule } from './shadow-rules.ts';
import { durationText, figure, percentText } from './words.ts';

/** Which rule is followed and why, for people. */
export interface Selection {
  /** Its name, e.g. `the forecast, held for 5 min`. */
  readonly rule: string;
  readonly sentence: string;
}

export function selectionOf(followed: FollowedInput, objective: number): Selection {
  const rule = ruleText(followed.rule, followed.windowMs);
  const reason = followed.rule.kind === 'forecast' ? forecastSentence(followed) : reactiveSentence(followed);
  const limit = followed.exhausted
    ? ` The objective of ${percentText(objective)} is not kept here at any reasonable price: it was short for ${percentText(standing(followed, 'followed')?.shortShare ?? 0)} of the time.`
    : '';
  return { rule, sentence: `${capital(rule)} is followed: ${reason}.${limit}` };
}

/** `windowMs`: over how long it takes the largest, as it was then. */
export function ruleText(rule: ShadowRule, windowMs: number): string {
  if (rule.kind === 'forecast') return `the forecast, held for ${durationText(windowMs)}`;
  const span = windowMs > 0 ? `the largest load of ${durationText(windowMs)}` : 'the last load';
  return rule.headroom > 1 ? `${span} with ${percentText(rule.headroom - 1)} headroom` : span;
}

function forecastSentence(followed: FollowedInput): string {
  const mine = standing(followed, 'followed');
  const reactive = standing(followed, 'reactive');
  if (mine === undefined || reactive === undefined) return 'nothing was better so far';
  const [own, other] = [worth(mine, followed.price), worth(reactive, followed.price)];
  const rival = ruleText(reactive.rule, reactive.windowMs);
  if (own >= other) return `${rival} was not clearly better lately`;
  return `lately it cost ${percentText(1 - own / other)} less than the best rule without a forecast (${rival}), shortages included`;
}

function reactiveSentence(followed: FollowedInput): string {
  const mine = standing(followed, 'followed');
  const forecast = standing(followed, 'forecast');
  if (mine === undefined || forecast === undefined) return 'nothing was better so far';
  const gain = 1 - worth(mine, followed.price) / worth(forecast, followed.price);
  const margin =
    gain > 0 ? `lately the best forecast cost ${percentText(1 / (1 - gain) - 1)} more` : 'lately no forecast was clearly better';
  return `bursts are not predictable here (${margin}, shortages included)${headroomOffer(followed)}`;
}

const DAY_MINUTES = 1_440;

/** What the next step of headroom would have bought. */
function headroomOffer(followed: FollowedInput): string {
  const now = standing(followed, 'reactive');
  const more = standing(followed, 'more-headroom');
  if (now === undefined || more === undefined || more.rule.kind !== 'reactive' || !(now.replicas > 0)) return '';
  const minutes = (now.shortShare - more.shortShare) * DAY_MINUTES;
  const cost = more.replicas / now.replicas - 1;
  if (!(minutes > 0 && cost > 0)) return '';
  return `; ${percentText(more.rule.headroom - 1)} headroom would buy ${figure(minutes)} fewer short minutes a day for ${percentText(cost)} more cost`;
}

function worth({ replicas, shortShare }: Standing, price: number): number {
  return replicas + price * shortShare;
}

function standing(followed: FollowedInput, role: Standing['role']): Standing | undefined {
  return followed.standings.find((candidate) => candidate.role === role);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
