import type * as kafkajs from 'kafkajs';
import { InputError } from '../../problems.ts';

export type KafkaLibrary = typeof kafkajs;

/** Loaded only when it is used: most installations have no Kafka. @throws InputError when it is not installed. */
export async function loadKafka(): Promise<KafkaLibrary> {
  try {
    // CommonJS: its names stand in the default export.
    return ((await import('kafkajs')) as unknown as { readonly default: KafkaLibrary }).default;
  } catch {
    throw new InputError([{ place: 'Kafka', wanted: 'its client (npm install kafkajs@2)', found: 'not installed' }]);
  }
}
