/** What a label selector asks of one label. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'not-in' | 'exists' | 'not-exists';
  readonly values: readonly string[];
}

const KEY = String.raw`[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?(/[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?`;
const EQUALS = new RegExp(String.raw`^\s*(?<key>${KEY})\s*(?<sign>==|=|!=)\s*(?<value>[A-Za-z0-9_.-]*)\s*$`);
const AMONG = new RegExp(String.raw`^\s*(?<key>${KEY})\s+(?<sign>in|notin)\s*\((?<values>[A-Za-z0-9_., -]*)\)\s*$`);
const EXISTS = new RegExp(String.raw`^\s*(?<not>!?)\s*(?<key>${KEY})\s*$`);
const LENGTH_MAX = 4_096;

/** Of the query parameter `labelSelector`; undefined: it is none. An empty one asks for nothing. */
export function parseLabelSelector(text: string): readonly Requirement[] | undefined {
  if (text.trim() === '') return [];
  if (text.length > LENGTH_MAX) return undefined;
  const requirements: Requirement[] = [];
  for (const part of splitOutsideBrackets(text)) {
    const requirement = parseRequirement(part);
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return requirements;
}

/** A label that is not there is not equal to, and not among, anything. */
export function isSelected(labels: Readonly<Record<string, string>>, requirements: readonly Requirement[]): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'exists') return value !== undefined;
    if (operator === 'not-exists') return value === undefined;
    const isAmong = value !== undefined && values.includes(value);
    return operator === 'in' ? isAmong : !isAmong;
  });
}

function splitOutsideBrackets(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseRequirement(part: string): Requirement | undefined {
  const { key = '', sign = '', value = '' } = EQUALS.exec(part)?.groups ?? {};
  if (key !== '') return { key, operator: sign === '!=' ? 'not-in' : 'in', values: [value] };
  const among = AMONG.exec(part)?.groups;
  if (among !== undefined) {
    const values = (among['values'] ?? '').split(',').map((one) => one.trim());
    return { key: among['key'] ?? '', operator: among['sign'] === 'in' ? 'in' : 'not-in', values };
  }
  const exists = EXISTS.exec(part)?.groups;
  if (exists === undefined) return undefined;
  return { key: exists['key'] ?? '', operator: exists['not'] === '!' ? 'not-exists' : 'exists', values: [] };
}
