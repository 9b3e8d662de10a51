import type { RunMessages } from '../../api/recording.ts';

/** A type of message, or every type where it is empty. */
export interface MessageFilter {
  readonly messages: RunMessages;
  readonly type: string;
}

/** The next message from one, or the one before it; undefined when there is none. `from` is not taken. */
export function messageFrom({ messages, type }: MessageFilter, from: number, by: 1 | -1): number | undefined {
  const { names, nameOf } = messages;
  for (let number = from + by; number >= 0 && number < nameOf.length; number += by)
    if (type === '' || names[nameOf[number] ?? -1] === type) return number;
  return undefined;
}

/** The last message that was there at a time; undefined when there is none. */
export function messageAt(filter: MessageFilter, atMs: number): number | undefined {
  const { messages } = filter;
  let low = 0;
  let high = messages.atMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages.atMs[middle] ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return messageFrom(filter, low, -1);
}

/** How many there are of each type, the most frequent first. */
export function countsOf({ names, nameOf }: RunMessages): readonly (readonly [string, number])[] {
  const counts = names.map(() => 0);
  for (const index of nameOf) counts[index] = (counts[index] ?? 0) + 1;
  return names.map((name, i) => [name, counts[i] ?? 0] as const).sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
