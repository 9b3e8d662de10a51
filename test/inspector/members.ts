/** Nodes of a cluster as processes of their own, with the page of each. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli, type Running } from '../cli/process.ts';
import { until } from '../until.ts';

const SCALER = fileURLToPath(new URL('../adapters/command/scaler.mjs', import.meta.url));

export interface Member {
  readonly name: string;
  readonly url: string;
  readonly running: Running;
}

/** Writes the config of so many pools with a target each that a command scales. @returns where it is. */
export function writeConfig(folder: string, pools: number): string {
  writeFileSync(join(folder, 'state.json'), JSON.stringify({ requestedReplicas: 1, generation: 0, minReplicas: 1, maxReplicas: 8 }));
  const target = { kind: 'command', command: [process.execPath, SCALER, 'keeps'], workingDirectory: folder };
  const of = { capacity: { requestsPerSecond: 10 }, replicas: { min: 1, max: 2 }, interval: '60s', target };
  const config = join(folder, 'forescale.yaml');
  writeFileSync(config, JSON.stringify({ pools: Object.fromEntries(Array.from({ length: pools }, (_, i) => [`pool-${i}`, of])) }));
  return config;
}

export async function joinWith(bus: string, config: string, name: string): Promise<Member> {
  const running = runCli(['up', '--json', '--bus', bus, '--config', config, '--inspector', '127.0.0.1:0', '--failover', 'normal']);
  await until(() => running.lines.some((line) => line.includes('"started"')), `${name} starts`, 60_000).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${running.errors.join('\n')}`);
  });
  const started = JSON.parse(running.lines.find((line) => line.includes('"started"')) ?? '{}') as { node: string; inspector: string };
  return { name: started.node, url: started.inspector, running };
}
