import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ChartState } from '../../../runtime/chart.ts';
import { placeChart, staysOn, type PlacedEdge, type PlacedState } from './chart-layout.ts';

/** The machine as it runs, drawn from itself, with the states that are active lit and the ones just left fading. */
export function StateChart({
  root,
  active,
  label,
}: {
  readonly root: ChartState;
  readonly active: readonly string[];
  readonly label: string;
}) {
  const placed = useMemo(() => placeChart(root), [root.key]);
  const stays = useMemo(() => staysOn(root), [root.key]);
  const left = useLeft(active);
  const isActive = (path: string): boolean => active.includes(path);
  const said = active.length === 0 ? 'no state' : active.join(', ');
  return (
    <>
      <div class="statechart" tabIndex={0} role="group" aria-label={`Machine of ${label}`}>
        <svg viewBox={`0 0 ${placed.width} ${placed.height}`} width={placed.width} role="img" aria-label={`${label}: ${said}`}>
          <defs>
            <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
              <path d="M0 0.6L7.4 4L0 7.4z" fill="var(--faint)" />
            </marker>
          </defs>
          {placed.states.map((one) => (
            <State
              key={`${one.state.path}${left.includes(one.state.path) ? ' left' : ''}`}
              placed={one}
              isActive={isActive(one.state.path)}
              isLeft={left.includes(one.state.path)}
            />
          ))}
          {placed.edges.map((edge) => (
            <Edge key={`${edge.from} ${edge.to}`} edge={edge} isTaken={left.includes(edge.from) && isActive(edge.to)} />
          ))}
        </svg>
      </div>
      {stays.length > 0 && (
        <p class="faint">
          Taken without going elsewhere: <span class="mono">{stays.join(', ')}</span>
        </p>
      )}
    </>
  );
}

/** States that were active at the last look and are not any more. */
function useLeft(active: readonly string[]): readonly string[] {
  const before = useRef<readonly string[]>(active);
  const [left, setLeft] = useState<readonly string[]>([]);
  const key = active.join();
  useEffect(() => {
    const gone = before.current.filter((path) => !active.includes(path));
    before.current = active;
    if (gone.length > 0) setLeft(gone);
  }, [key]);
  return left;
}

function State({ placed, isActive, isLeft }: { readonly placed: PlacedState; readonly isActive: boolean; readonly isLeft: boolean }) {
  const { state, x, y, width, height, isInitial } = placed;
  const isOuter = state.children.length > 0;
  const classes = ['state', isOuter ? 'outer' : '', isActive ? 'active' : '', isLeft ? 'left' : ''].filter((one) => one !== '').join(' ');
  return (
    <g class={classes} transform={`translate(${x} ${y})`}>
      <title>{describe(state)}</title>
      <rect width={width} height={height} rx={isOuter ? 12 : 9} />
      {state.kind === 'final' && <rect x="3" y="3" width={width - 6} height={height - 6} rx="6" />}
      {isInitial && <circle cx="9" cy={isOuter ? 12 : height / 2} r="3" fill="var(--faint)" />}
      <text x={isOuter ? 18 : width / 2 + (isInitial ? 4 : 0)} y={isOuter ? 16 : height / 2 + 4} text-anchor={isOuter ? 'start' : 'middle'}>
        {state.key}
      </text>
    </g>
  );
}

function describe({ path, kind, entry, exit }: ChartState): string {
  const does = [entry.length === 0 ? '' : `on entry ${entry.join(', ')}`, exit.length === 0 ? '' : `on exit ${exit.join(', ')}`].filter(
    (one) => one !== '',
  );
  return [`${path} (${kind})`, ...does].join('; ');
}

function Edge({ edge: { points, lines, labelX, labelY }, isTaken }: { readonly edge: PlacedEdge; readonly isTaken: boolean }) {
  return (
    <g class={isTaken ? 'edge taken' : 'edge'}>
      <path d={curve(points)} marker-end="url(#arrow)" />
      {lines.map((line, i) => (
        <text key={line} x={labelX} y={labelY + 3 + (i - (lines.length - 1) / 2) * 12} text-anchor="middle">
          {line}
        </text>
      ))}
    </g>
  );
}

/** Through the middles of its pieces, so that it bends softly. */
function curve(points: PlacedEdge['points']): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (first === undefined || last === undefined) return '';
  let path = `M${first.x} ${first.y}`;
  for (let i = 0; i + 1 < rest.length; i++) {
    const at = rest[i];
    const next = rest[i + 1];
    if (at === undefined || next === undefined) continue;
    path += `Q${at.x} ${at.y} ${(at.x + next.x) / 2} ${(at.y + next.y) / 2}`;
  }
  return `${path}L${last.x} ${last.y}`;
}
