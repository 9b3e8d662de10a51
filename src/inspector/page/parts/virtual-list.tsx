import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const BEYOND = 6;

/** A list of rows of one height that draws only those that are seen: ten thousand cost what thirty cost. */
export function VirtualList<T>(props: {
  readonly items: readonly T[];
  readonly rowHeight: number;
  /** Of the list, pixels; it is as high as its rows when these are fewer. */
  readonly heightMax: number;
  readonly label: string;
  readonly keyOf: (item: T) => string;
  readonly children: (item: T, index: number) => ComponentChildren;
  /** Row to bring into view. */
  readonly shown?: number | undefined;
}) {
  const { items, rowHeight, heightMax, shown } = props;
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const height = Math.min(heightMax, items.length * rowHeight);
  useEffect(() => {
    // A filter may have left fewer rows than were scrolled past.
    if (box.current !== null && box.current.scrollTop !== top) setTop(box.current.scrollTop);
  }, [items.length]);
  useLayoutEffect(() => {
    const at = box.current;
    if (at === null || shown === undefined || shown < 0) return;
    if (shown * rowHeight < at.scrollTop) at.scrollTop = shown * rowHeight;
    else if ((shown + 1) * rowHeight > at.scrollTop + at.clientHeight) at.scrollTop = (shown + 1) * rowHeight - at.clientHeight;
  }, [shown]);
  const first = Math.max(0, Math.floor(top / rowHeight) - BEYOND);
  const last = Math.min(items.length, Math.ceil((top + height) / rowHeight) + BEYOND);
  return (
    <div
      class="virtual"
      ref={box}
      style={{ height: `${height}px` }}
      tabIndex={-1}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
    >
      <div role="list" aria-label={props.label} style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, last).map((item, i) => (
          <div
            class="slot"
            role="listitem"
            aria-setsize={items.length}
            aria-posinset={first + i + 1}
            key={props.keyOf(item)}
            style={{ top: `${(first + i) * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {props.children(item, first + i)}
          </div>
        ))}
      </div>
    </div>
  );
}
