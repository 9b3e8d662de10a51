/** One line of `show stat`: the columns that are used here (management guide of HAProxy, section 9.1). */
export interface StatRow {
  readonly proxy: string;
  /** Name of a server, or BACKEND, or FRONTEND. */
  readonly name: string;
  /** `UP`, `DOWN 1/2`, `DRAIN`, `MAINT`, `no check`, ... */
  readonly status: string;
  /** Requests that it works on. */
  readonly current: number;
  /** Requests that wait for it. */
  readonly queued: number;
  /** Requests since HAProxy started. */
  readonly total: number;
  /** Requests that HAProxy itself answered 5xx, since it could not pass them on. */
  readonly failed: number;
}

/** Rows of the CSV with its head. Lines that are none are passed over. */
export function parseStat(text: string): readonly StatRow[] {
  const [head = '', ...lines] = text.split('\n');
  const columns = head.replace(/^# /, '').split(',');
  const at = (name: string): number => columns.indexOf(name);
  const [proxy, name, status] = [at('pxname'), at('svname'), at('status')];
  const [current, queued, total, failed] = [at('scur'), at('qcur'), at('stot'), at('econ')];
  if ([proxy, name, status, current, queued, total].includes(-1)) return [];
  return lines.flatMap((line) => {
    const cells = line.split(',');
    if (cells.length < columns.length - 1) return [];
    const count = (index: number): number => Number(cells[index] ?? 0) || 0;
    return [
      {
        proxy: cells[proxy] ?? '',
        name: cells[name] ?? '',
        status: cells[status] ?? '',
        current: count(current),
        queued: count(queued),
        total: count(total),
        failed: count(failed),
      },
    ];
  });
}

export function takesRequests({ status }: StatRow): boolean {
  return status.startsWith('UP') || status === 'no check';
}
