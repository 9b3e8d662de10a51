import { openKafkaQueue } from '../../../src/adapters/kafka/queue.ts';
import { parseKafkaUrl } from '../../../src/adapters/kafka/url.ts';
import { testBridge } from '../../bridge/suite.ts';
import { clock, log } from '../../bridge/world.ts';
import { noKafka, startKafka } from './server.ts';

testBridge({
  name: 'Kafka',
  missing: noKafka,
  start: (cutTo) => startKafka(cutTo),
  open: (port, group) => {
    const settings = parseKafkaUrl(`kafka://127.0.0.1:${port}?group=${group}`, 'url', {});
    return openKafkaQueue({ settings, clock, log, name: group });
  },
  bind: (_port, topic) => Promise.resolve(topic),
});
