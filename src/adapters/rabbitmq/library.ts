import type * as amqplib from 'amqplib';
import { InputError } from '../../problems.ts';

export type AmqpLibrary = typeof amqplib;

/** Loaded only when it is used: most installations have no RabbitMQ. @throws InputError when it is not installed. */
export async function loadAmqp(): Promise<AmqpLibrary> {
  try {
    return await import('amqplib');
  } catch {
    throw new InputError([{ place: 'RabbitMQ', wanted: 'its client (npm install amqplib@2)', found: 'not installed' }]);
  }
}
