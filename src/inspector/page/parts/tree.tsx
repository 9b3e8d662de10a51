import { useMemo, useState } from 'preact/hooks';

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly depth: number;
  /** Text of a plain value; of a branch, what is folded in it. */
  readonly text: string;
  readonly isBranch: boolean;
  readonly change?: 'new' | 'gone' | 'changed';
  readonly before?: string;
}

const ROWS_MAX = 3_000;
const OPEN_DEPTH = 2;

/** Plain data as a tree that folds, can be searched, and shows what differs from an earlier moment. */
export function Tree({ value, before, label }: { readonly value: unknown; readonly before?: unknown; readonly label: string }) {
  const [search, setSearch] = useState('');
  const [isOnlyChanges, setOnlyChanges] = useState(false);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const leaves = useMemo(() => flatten(value, before), [value, before]);
  const changes = leaves.filter((leaf) => leaf.change !== undefined && !leaf.isBranch).length;
  const rows = useMemo(
    () => visible(leaves, search.trim().toLowerCase(), isOnlyChanges, toggled),
    [leaves, search, isOnlyChanges, toggled],
  );
  const toggle = (path: string): void => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };
  return (
    <>
      <div class="moment">
        <input
          class="field short"
          type="search"
          placeholder="Search keys and values"
          aria-label={`Search in: ${label}`}
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        {before !== undefined && (
          <label class="soft">
            <input type="checkbox" checked={isOnlyChanges} onChange={({ currentTarget }) => setOnlyChanges(currentTarget.checked)} /> only
            the {changes} that changed
          </label>
        )}
      </div>
      <div class="tree" tabIndex={0} role="group" aria-label={label}>
        {rows.length === 0 && <p class="faint">Nothing matches.</p>}
        {rows.slice(0, ROWS_MAX).map((leaf) => (
          <Row
            key={leaf.path}
            leaf={leaf}
            search={search.trim().toLowerCase()}
            isOpen={isOpen(leaf, toggled)}
            onToggle={() => toggle(leaf.path)}
          />
        ))}
        {rows.length > ROWS_MAX && <p class="faint">… {rows.length - ROWS_MAX} more; search to narrow it</p>}
      </div>
    </>
  );
}

interface RowProps {
  readonly leaf: Leaf;
  readonly search: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Row({ leaf, search, isOpen, onToggle }: RowProps) {
  const { key, depth, text, isBranch, change, before } = leaf;
  const style = { paddingLeft: `${depth * 16}px` };
  const mark = change === 'gone' ? 'gone' : change === undefined || isBranch ? '' : 'new';
  if (isBranch)
    return (
      <button type="button" class="branch" style={style} aria-expanded={isOpen} onClick={onToggle}>
        {isOpen ? '▾' : '▸'} <span class="key">{highlighted(key, search)}</span>{' '}
        {(!isOpen || text === '(empty)') && <span class="faint">{text}</span>}
        {change !== undefined && !isOpen && <span class="faint"> ● changed</span>}
      </button>
    );
  return (
    <div class="row" style={style}>
      {'  '}
      <span class="key">{highlighted(key, search)}</span>: <span class={`value ${mark}`}>{highlighted(text, search)}</span>
      {before !== undefined && <span class="faint"> was {before}</span>}
    </div>
  );
}

function highlighted(text: string, search: string) {
  const at = search === '' ? -1 : text.toLowerCase().indexOf(search);
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + search.length)}</mark>
      {text.slice(at + search.length)}
    </>
  );
}

function isOpen({ path, depth }: Leaf, toggled: ReadonlySet<string>): boolean {
  return depth < OPEN_DEPTH !== toggled.has(path);
}

function flatten(value: unknown, before: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  const isCompared = before !== undefined;
  const walk = (key: string, now: unknown, was: unknown, path: string, depth: number): boolean => {
    const at = leaves.length;
    if (isBranchValue(now)) {
      leaves.push({ path, key, depth, text: foldedText(now), isBranch: true });
      let isChanged = isCompared && !isBranchValue(was);
      const old = isBranchValue(was) ? was : {};
      const entries = Object.entries(now);
      for (const [name, one] of entries) isChanged = walk(name, one, old[name], `${path}.${name}`, depth + 1) || isChanged;
      for (const name of Object.keys(old)) {
        if (name in now || !isCompared) continue;
        leaves.push({
          path: `${path}.${name} (gone)`,
          key: name,
          depth: depth + 1,
          text: shortText(old[name]),
          isBranch: false,
          change: 'gone',
        });
        isChanged = true;
      }
      if (isChanged && isCompared) leaves[at] = { ...(leaves[at] as Leaf), change: 'changed' };
      return isChanged;
    }
    const isChanged = isCompared && shortText(now) !== shortText(was);
    leaves.push({
      path,
      key,
      depth,
      text: shortText(now),
      isBranch: false,
      ...(isChanged
        ? { change: was === undefined ? ('new' as const) : ('changed' as const), ...(was === undefined ? {} : { before: shortText(was) }) }
        : {}),
    });
    return isChanged;
  };
  const root = isBranchValue(value) ? Object.entries(value) : [['value', value] as const];
  const rootBefore = isBranchValue(before) ? before : {};
  for (const [key, one] of root) walk(key, one, rootBefore[key], key, 0);
  return leaves;
}

function isBranchValue(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function foldedText(value: object): string {
  const count = Object.keys(value).length;
  if (count === 0) return '(empty)';
  return Array.isArray(value) ? `[${count}]` : `{${count}}`;
}

function shortText(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Folded branches hide what is below; a search, or looking for changes, opens what matches. */
function visible(leaves: readonly Leaf[], search: string, isOnlyChanges: boolean, toggled: ReadonlySet<string>): Leaf[] {
  if (search === '' && !isOnlyChanges) {
    const shown: Leaf[] = [];
    let foldedDepth = Number.POSITIVE_INFINITY;
    for (const leaf of leaves) {
      if (leaf.depth > foldedDepth) continue;
      foldedDepth = leaf.isBranch && !isOpen(leaf, toggled) ? leaf.depth : Number.POSITIVE_INFINITY;
      shown.push(leaf);
    }
    return shown;
  }
  const wanted = new Set<string>();
  const parents: Leaf[] = [];
  for (const leaf of leaves) {
    parents.length = Math.min(parents.length, leaf.depth);
    const isMatch = search === '' || leaf.key.toLowerCase().includes(search) || leaf.text.toLowerCase().includes(search);
    if (isMatch && (!isOnlyChanges || leaf.change !== undefined)) {
      for (const parent of parents) wanted.add(parent.path);
      wanted.add(leaf.path);
    }
    parents[leaf.depth] = leaf;
  }
  return leaves.filter(({ path }) => wanted.has(path));
}
