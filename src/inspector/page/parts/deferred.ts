import { useEffect, useState } from 'preact/hooks';

/** A value that follows after the next frame: what is typed shows at once, the list right after. */
export function useDeferred<T>(value: T): T {
  const [kept, setKept] = useState(value);
  useEffect(() => {
    const frame = requestAnimationFrame(() => setKept(value));
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return kept;
}
