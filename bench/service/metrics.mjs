/** An endpoint in the Prometheus format with this many series, whose counters rise. Prints its address. */
import { createServer } from 'node:http';

const series = Number(process.argv[2]);
let reading = 0;
const server = createServer((request, response) => {
  reading += 1;
  const lines = Array.from(
    { length: series },
    (_, i) =>
      `http_requests_total{job="shop",instance="10.0.0.${i % 100}",route="/api/items/${i % 40}",code="${200 + (i % 5)}",n="${i}"} ${reading * 10 + i}`,
  );
  response.end(`# TYPE http_requests_total counter\n${lines.join('\n')}\n`);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/metrics`));
