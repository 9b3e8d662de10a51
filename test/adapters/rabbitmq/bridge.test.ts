import { connect } from 'amqplib';
import { openRabbitQueue } from '../../../src/adapters/rabbitmq/queue.ts';
import { parseRabbitUrl } from '../../../src/adapters/rabbitmq/url.ts';
import { testBridge } from '../../bridge/suite.ts';
import { clock, log } from '../../bridge/world.ts';
import { noRabbit, startRabbit } from './server.ts';

testBridge({
  name: 'RabbitMQ',
  missing: noRabbit,
  start: () => startRabbit(),
  open: (port, name) => {
    const settings = parseRabbitUrl(`amqp://127.0.0.1:${port}?heartbeat=1`, 'url', {});
    return openRabbitQueue({ settings, clock, log, name });
  },
  async bind(port, topic, queue) {
    const model = await connect({ hostname: '127.0.0.1', port });
    const channel = await model.createChannel();
    await channel.assertExchange(topic, 'topic', { durable: true });
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, topic, 'plan.*');
    await model.close();
    return queue;
  },
});
