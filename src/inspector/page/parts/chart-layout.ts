import { Graph, layout } from '@dagrejs/dagre';
import type { ChartState, ChartTransition } from '../../../runtime/chart.ts';

/** A box of the drawing; what is inside has places relative to the whole. */
export interface PlacedState {
  readonly state: ChartState;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly isInitial: boolean;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly lines: readonly string[];
  readonly labelX: number;
  readonly labelY: number;
}

export interface PlacedChart {
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly edges: readonly PlacedEdge[];
}

const LETTER = 7;
const LABEL_LETTER = 5.6;
const LABEL_LINE = 12;
const LEAF_HEIGHT = 32;
const PAD = 14;
const TITLE = 22;
const LINES_MAX = 3;

interface Inner {
  readonly width: number;
  readonly height: number;
  readonly states: PlacedState[];
  readonly edges: PlacedEdge[];
}

/** Places the states of a machine: each composite is laid out by itself, and is one box in what it is part of. */
export function placeChart(root: ChartState): PlacedChart {
  const inner = placeInside(root, true);
  return { width: inner.width, height: inner.height, states: inner.states, edges: inner.edges };
}

function placeInside(parent: ChartState, isRoot: boolean): Inner {
  const inners = new Map(
    parent.children.map((child) => [child.path, child.children.length === 0 ? leafOf(child) : placeInside(child, false)]),
  );
  const graph = new Graph({ multigraph: false });
  const isWide = parent.children.length > 2;
  graph.setGraph({
    rankdir: parent.kind === 'parallel' ? 'TB' : isWide ? 'TB' : 'LR',
    nodesep: 26,
    ranksep: 34,
    edgesep: 14,
    marginx: PAD,
    marginy: PAD,
  });
  for (const [path, { width, height }] of inners) graph.setNode(path, { width, height });
  const labels = edgesOf(parent);
  for (const { from, to, lines } of labels.values()) {
    const width = Math.max(...lines.map((line) => line.length)) * LABEL_LETTER + 8;
    graph.setEdge(from, to, { width, height: lines.length * LABEL_LINE + 4, labelpos: 'c' });
  }
  layout(graph);
  return collect(parent, graph, inners, labels, isRoot);
}

function collect(
  parent: ChartState,
  graph: Graph,
  inners: ReadonlyMap<string, Inner>,
  labels: ReadonlyMap<string, Label>,
  isRoot: boolean,
): Inner {
  const top = isRoot ? 0 : TITLE;
  const states: PlacedState[] = [];
  const edges: PlacedEdge[] = [];
  for (const child of parent.children) {
    const inner = inners.get(child.path);
    const at = graph.node(child.path) as { readonly x: number; readonly y: number };
    if (inner === undefined) continue;
    const x = at.x - inner.width / 2;
    const y = at.y - inner.height / 2 + top;
    states.push({ state: child, x, y, width: inner.width, height: inner.height, isInitial: child.path === parent.initial });
    states.push(...inner.states.map((one) => ({ ...one, x: one.x + x, y: one.y + y })));
    edges.push(...inner.edges.map((one) => moved(one, x, y)));
  }
  for (const { from, to, lines } of labels.values()) {
    const edge = graph.edge(from, to) as {
      readonly points: readonly { readonly x: number; readonly y: number }[];
      readonly x: number;
      readonly y: number;
    };
    edges.push(moved({ from, to, lines, points: edge.points, labelX: edge.x, labelY: edge.y }, 0, top));
  }
  const size = graph.graph() as { readonly width?: number; readonly height?: number };
  const width = Math.max(size.width ?? 0, parent.key.length * LETTER + 2 * PAD);
  return { width, height: (size.height ?? 0) + top, states, edges };
}

function moved(edge: PlacedEdge, byX: number, byY: number): PlacedEdge {
  return {
    ...edge,
    points: edge.points.map(({ x, y }) => ({ x: x + byX, y: y + byY })),
    labelX: edge.labelX + byX,
    labelY: edge.labelY + byY,
  };
}

function leafOf({ key }: ChartState): Inner {
  return { width: Math.max(64, key.length * LETTER + 26), height: LEAF_HEIGHT, states: [], edges: [] };
}

interface Label {
  readonly from: string;
  readonly to: string;
  readonly lines: string[];
}

/** Transitions between the children of one state, those of their inner states among them; several between two are one line. */
function edgesOf(parent: ChartState): Map<string, Label> {
  const found = new Map<string, Label>();
  for (const child of parent.children) {
    for (const transition of transitionsBelow(child)) {
      for (const target of transition.targets) {
        const to = parent.children.find(({ path }) => target === path || target.startsWith(`${path}.`))?.path;
        if (to === undefined || to === child.path) continue;
        const key = `${child.path} ${to}`;
        const label = found.get(key) ?? { from: child.path, to, lines: [] };
        addLine(label.lines, transitionText(transition));
        found.set(key, label);
      }
    }
  }
  return found;
}

function addLine(lines: string[], text: string): void {
  if (lines.includes(text)) return;
  if (lines.length < LINES_MAX) lines.push(text);
  else if (!lines[LINES_MAX - 1]?.endsWith('…')) lines[LINES_MAX - 1] += ' …';
}

function transitionsBelow(state: ChartState): ChartTransition[] {
  return [...state.transitions, ...state.children.flatMap(transitionsBelow)];
}

function transitionText({ event, guard }: ChartTransition): string {
  if (event === '') return guard === null ? 'otherwise' : `[${guard}]`;
  return guard === null ? event : `${event} [${guard}]`;
}

/** What a machine takes without going anywhere else. */
export function staysOn(root: ChartState): string[] {
  const all = [root, ...below(root)].flatMap(({ transitions }) => transitions.filter(({ targets }) => targets.length === 0));
  return [...new Set(all.map(({ event, guard }) => (event === '' ? (guard ?? '') : event)).filter((text) => text !== ''))].sort();
}

function below(state: ChartState): ChartState[] {
  return state.children.flatMap((child) => [child, ...below(child)]);
}
