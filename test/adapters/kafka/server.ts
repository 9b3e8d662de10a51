/** A real Kafka broker for tests, from the artefacts of Apache that Maven fetches once, on loopback. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from 'node:net';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { sleep } from '../../../src/ports/clock.ts';
import { freePort } from '../redis/server.ts';

const clock = createSystemClock();
const VERSION = '4.3.1';
/** Beside what npm fetched: as disposable. */
const LIBRARIES = fileURLToPath(new URL(`../../../node_modules/.cache/kafka-${VERSION}`, import.meta.url));

export const noKafka: string | undefined = fetchBroker();

function fetchBroker(): string | undefined {
  if (spawnSync('java', ['-version']).status !== 0) return 'a Kafka broker needs Java 17 or newer';
  if (isFetched()) return undefined;
  if (spawnSync('mvn', ['-v']).status !== 0) return 'the artefacts of a Kafka broker need Maven (mvn)';
  console.log(`Tests of the Kafka bridge need a broker: fetching Apache Kafka ${VERSION} with Maven.`);
  mkdirSync(LIBRARIES, { recursive: true });
  writeFileSync(
    join(LIBRARIES, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>test</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging><dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency></dependencies></project>
`,
  );
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=.', '-DincludeScope=runtime'];
  spawnSync('mvn', args, { cwd: LIBRARIES, stdio: 'ignore', timeout: 300_000 });
  return isFetched() ? undefined : `the artefacts of Apache Kafka ${VERSION} cannot be fetched with Maven`;
}

function isFetched(): boolean {
  return existsSync(LIBRARIES) && readdirSync(LIBRARIES).includes(`kafka_2.13-${VERSION}.jar`);
}

export interface KafkaServer {
  readonly port: number;
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
}

/** Listeners beside the plain one. */
export interface MoreListeners {
  /** Ports by name of the listener. */
  readonly ports: Readonly<Record<string, number>>;
  /** Its protocol, by name: `SSL`, `SASL_SSL`. */
  readonly protocols: Readonly<Record<string, string>>;
  readonly properties: readonly string[];
  /** Added to `StorageTool format`. */
  readonly format: readonly string[];
}

const NONE: MoreListeners = { ports: {}, protocols: {}, properties: [], format: [] };

/** Clients are sent to `advertised`, so that a network between them and the broker can be cut. */
export async function startKafka(
  advertised: (port: number) => Promise<number> = (port) => Promise.resolve(port),
  more: MoreListeners = NONE,
): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), 'forescale-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'broker.properties');
  const listeners = Object.entries(more.ports).map(([name, at]) => `,${name}://127.0.0.1:${at}`);
  const protocols = Object.entries(more.protocols).map(([name, protocol]) => `,${name}:${protocol}`);
  writeFileSync(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${listeners.join('')}
advertised.listeners=PLAINTEXT://127.0.0.1:${await advertised(port)}${listeners.join('')}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols.join('')}
log.dirs=${folder}/logs
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=300
${more.properties.map((line) => `${line}\n`).join('')}`,
  );
  const classPath = join(LIBRARIES, '*');
  const id = spawnSync('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'random-uuid'], { encoding: 'utf8' }).stdout.trim();
  spawnSync('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties, ...more.format], {
    stdio: 'ignore',
  });
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const broker = child;
    child = undefined;
    if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
    const gone = new Promise((resolve) => broker.once('exit', resolve));
    broker.ref();
    broker.kill('SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    child = spawn('java', ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.Kafka', properties], { stdio: 'ignore' });
    child.unref();
    running.add(child);
    for (let attempt = 0; attempt < 600; attempt += 1) {
      if (await accepts(port)) return;
      await sleep(clock, 100);
    }
    throw new Error(`Kafka on port ${port} does not answer`);
  };
  const dispose = async (): Promise<void> => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  return { port, url: `kafka://127.0.0.1:${port}`, kill, start, dispose };
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
