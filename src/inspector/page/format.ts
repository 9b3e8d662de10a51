/** Figures as people say them. */

export function figure(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 10_000) return Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value);
  if (size >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(digits)));
}

/** Every digit: what is counted, and looked up by its number. */
export function whole(count: number): string {
  return count.toLocaleString('en');
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '–';
  const value = share * 100;
  return `${Math.abs(value) < 10 && value % 1 !== 0 ? value.toFixed(1) : Math.round(value)}%`;
}

export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 120_000) return `${figure(ms / 1_000)} s`;
  if (size < 7_200_000) return `${figure(ms / 60_000)} min`;
  if (size < 172_800_000) return `${figure(ms / 3_600_000)} h`;
  return `${figure(ms / 86_400_000)} d`;
}

export function ago(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < 1_500) return 'just now';
  return ms < 0 ? `in ${duration(-ms)}` : `${duration(ms)} ago`;
}

export function clock(atMs: number | null | undefined): string {
  if (atMs === null || atMs === undefined) return '–';
  return new Date(atMs).toLocaleTimeString('en-GB');
}

export function dateTime(atMs: number): string {
  return `${new Date(atMs).toLocaleDateString('en-CA')} ${clock(atMs)}`;
}

export function bytes(count: number | null | undefined): string {
  if (count === null || count === undefined) return '–';
  if (count < 1_000) return `${count} B`;
  if (count < 1_000_000) return `${figure(count / 1_000)} kB`;
  return `${figure(count / 1_000_000)} MB`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** What people read instead of the unit on the wire. */
export function unitText(unit: string): string {
  return unit === 'requests/s' ? 'req/s' : unit;
}
