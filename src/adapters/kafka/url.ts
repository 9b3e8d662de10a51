import { ProblemList } from '../../problems.ts';
import {
  credentialsInUrl,
  readCredentials,
  readHosts,
  readOptions,
  readTls,
  TLS_OPTIONS,
  withoutPassword,
  type Credentials,
  type Environment,
} from '../server-url.ts';
import { SASL_MECHANISMS, type KafkaLogin, type KafkaSettings } from './settings.ts';

const SHAPE = /^(?<scheme>kafkas?):\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^?#]*))?@)?(?<hosts>[^/?#@]+)\/?(?:\?(?<query>[^#]*))?$/;
const FORM = 'kafka[s]://[user@]host[:port],…';
const OPTIONS = [...TLS_OPTIONS, 'sasl', 'group', 'queue'];
const NAME = /^[A-Za-z0-9._-]{1,249}$/;

export function isKafkaUrl(text: string): boolean {
  return /^kafkas?:\/\//.test(text);
}

/**
 * Reads a URL, the files that it names, and the environment (FORESCALE_KAFKA_USERNAME, FORESCALE_KAFKA_PASSWORD or
 * FORESCALE_KAFKA_PASSWORD_FILE).
 * @throws InputError with everything that is wrong; never with a password in it.
 */
export function parseKafkaUrl(url: string, place: string, environment: Environment): KafkaSettings {
  const problems = new ProblemList();
  const groups = SHAPE.exec(url)?.groups;
  if (groups === undefined) problems.add(place, FORM, `"${withoutPassword(url)}"`);
  problems.throwIfAny();
  const { scheme = '', user, password, hosts = '', query = '' } = groups ?? {};
  const options = readOptions(query, OPTIONS, place, problems);
  const name = (option: string, byDefault: string): string => {
    const text = options.get(option) ?? byDefault;
    if (!NAME.test(text)) problems.add(`${place} ?${option}`, '1 to 249 letters, digits and . _ -', `"${text}"`);
    return text;
  };
  const tls = readTls(options, { scheme, secure: 'kafkas' }, place, problems);
  const credentials = { ...credentialsInUrl(user, password), ...readCredentials('FORESCALE_KAFKA', environment, problems) };
  const sasl = readLogin(options.get('sasl'), credentials, place, problems);
  const settings: KafkaSettings = {
    brokers: readHosts(hosts, scheme === 'kafkas' ? 9_093 : 9_092, place, problems),
    ...(tls === undefined ? undefined : { tls }),
    ...(sasl === undefined ? undefined : { sasl }),
    group: name('group', 'forescale'),
    queue: name('queue', 'forescale.in'),
  };
  problems.throwIfAny();
  return settings;
}

function readLogin(
  text: string | undefined,
  { username, password }: Credentials,
  place: string,
  problems: ProblemList,
): KafkaLogin | undefined {
  if (text === undefined && username === undefined && password === undefined) return undefined;
  const mechanism = SASL_MECHANISMS.find((one) => one === (text ?? 'plain'));
  if (mechanism === undefined) problems.add(`${place} ?sasl`, SASL_MECHANISMS.join(' or '), `"${text ?? ''}"`);
  if (username === undefined || password === undefined)
    problems.add(place, 'a user and a password (FORESCALE_KAFKA_PASSWORD) for SASL', username === undefined ? 'no user' : 'no password');
  return mechanism === undefined || username === undefined || password === undefined ? undefined : { mechanism, username, password };
}
