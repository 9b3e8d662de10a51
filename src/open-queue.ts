import { openKafkaQueue } from './adapters/kafka/queue.ts';
import { isKafkaUrl, parseKafkaUrl } from './adapters/kafka/url.ts';
import { openRabbitQueue } from './adapters/rabbitmq/queue.ts';
import { isRabbitUrl, parseRabbitUrl } from './adapters/rabbitmq/url.ts';
import { readCredentials, withoutPassword, type Environment } from './adapters/server-url.ts';
import { isHookUrl, openHookQueue } from './adapters/webhook/queue.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Queue } from './ports/queue.ts';
import { InputError, ProblemList } from './problems.ts';

export interface QueueWays {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface QueuePlan {
  /** Where the SDK sends observations. */
  readonly queue: string;
  /** The client is loaded only now. @throws InputError */
  open(ways: QueueWays): Promise<Queue>;
}

export function isQueueUrl(url: string): boolean {
  return isRabbitUrl(url) || isKafkaUrl(url);
}

/** Reads the URL of a broker, and what belongs to it. @throws InputError */
export function planQueue(url: string, place: string, environment: Environment): QueuePlan {
  if (isRabbitUrl(url)) {
    const settings = parseRabbitUrl(url, place, environment);
    return { queue: settings.queue, open: (ways) => openRabbitQueue({ settings, ...ways }) };
  }
  if (isKafkaUrl(url)) {
    const settings = parseKafkaUrl(url, place, environment);
    return { queue: settings.queue, open: (ways) => openKafkaQueue({ settings, ...ways }) };
  }
  if (isHookUrl(url)) {
    const problems = new ProblemList();
    const { password: secret } = readCredentials('FORESCALE_WEBHOOK', environment, problems);
    problems.throwIfAny();
    return { queue: '', open: ({ clock, log }) => Promise.resolve(openHookQueue({ url, secret, clock, log })) };
  }
  throw new InputError([
    { place, wanted: 'a URL that begins with amqp, amqps, kafka, kafkas, http or https', found: `"${withoutPassword(url)}"` },
  ]);
}
