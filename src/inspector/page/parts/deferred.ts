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

/** A value that follows when it has been still for a while: what is asked for while somebody scrubs would not be seen. */
export function useSettled<T>(value: T, afterMs: number): T {
  const [kept, setKept] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setKept(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return kept;
}
