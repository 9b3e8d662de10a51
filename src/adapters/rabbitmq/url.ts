import { ProblemList } from '../../problems.ts';
import {
  credentialsInUrl,
  decodePart,
  readCredentials,
  readHosts,
  readOptions,
  readTls,
  TLS_OPTIONS,
  withoutPassword,
  type Environment,
} from '../server-url.ts';
import type { RabbitSettings } from './settings.ts';

const SHAPE =
  /^(?<scheme>amqps?):\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^?#]*))?@)?(?<hosts>[^/?#@]+)(?:\/(?<vhost>[^/?#]*))?(?:\?(?<query>[^#]*))?$/;
const FORM = 'amqp[s]://[user@]host[:port],…[/vhost]';
const OPTIONS = [...TLS_OPTIONS, 'auth', 'heartbeat', 'type', 'queue'];
export const DEFAULT_QUEUE = 'forescale.in';

export function isRabbitUrl(text: string): boolean {
  return /^amqps?:\/\//.test(text);
}

/**
 * Reads a URL, the files that it names, and the environment (FORESCALE_RABBITMQ_USERNAME, FORESCALE_RABBITMQ_PASSWORD or
 * FORESCALE_RABBITMQ_PASSWORD_FILE).
 * @throws InputError with everything that is wrong; never with a password in it.
 */
export function parseRabbitUrl(url: string, place: string, environment: Environment): RabbitSettings {
  const problems = new ProblemList();
  const groups = SHAPE.exec(url)?.groups;
  if (groups === undefined) problems.add(place, FORM, `"${withoutPassword(url)}"`);
  problems.throwIfAny();
  const { scheme = '', user, password, hosts = '', vhost, query = '' } = groups ?? {};
  const options = readOptions(query, OPTIONS, place, problems);
  const choose = <T extends string>(name: string, choices: readonly [T, ...T[]]): T => {
    const given = options.get(name);
    const choice = choices.find((one) => one === given);
    if (given !== undefined && choice === undefined) problems.add(`${place} ?${name}`, choices.join(' or '), `"${given}"`);
    return choice ?? choices[0];
  };
  const heartbeat = options.get('heartbeat') ?? '10';
  if (!/^[1-9]\d{0,3}$/.test(heartbeat)) problems.add(`${place} ?heartbeat`, 'seconds from 1 to 9999', `"${heartbeat}"`);
  const tls = readTls(options, { scheme, secure: 'amqps' }, place, problems);
  const auth = choose('auth', ['plain', 'external']);
  if (auth === 'external' && tls?.cert === undefined) problems.add(`${place} ?auth`, 'a certificate of our own (?cert and ?key)', 'none');
  const settings: RabbitSettings = {
    hosts: readHosts(hosts, scheme === 'amqps' ? 5_671 : 5_672, place, problems),
    vhost: decodePart(vhost) ?? '/',
    ...(tls === undefined ? undefined : { tls }),
    auth,
    credentials: { ...credentialsInUrl(user, password), ...readCredentials('FORESCALE_RABBITMQ', environment, problems) },
    heartbeatSeconds: Number(heartbeat),
    queueType: choose('type', ['quorum', 'classic']),
    queue: options.get('queue') ?? DEFAULT_QUEUE,
  };
  problems.throwIfAny();
  return settings;
}
