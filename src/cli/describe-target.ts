import type { TargetSettings } from '../config/settings.ts';

/** What is scaled, after a count of replicas, e.g. `node server.js` or `Deployment web`. */
export function describeTarget(target: TargetSettings): string {
  if (target.kind === 'local') {
    const what = target.service.kind === 'demo' ? 'the demo service' : target.service.command.join(' ');
    return target.haproxy === undefined ? what : `${what} (haproxy, backend ${target.haproxy.backend})`;
  }
  if (target.kind === 'docker') return `containers of ${target.image} (docker)`;
  if (target.kind === 'aws') return `Auto Scaling group ${target.group} (aws)`;
  if (target.kind === 'ecs') return `ECS service ${target.cluster}/${target.service} (ecs, ${target.mode})`;
  if (target.kind === 'webhook') return `${new URL(target.url).host} (webhook)`;
  if (target.kind === 'command') return `${target.command[0] ?? ''} (command)`;
  const where = target.namespace === undefined ? '' : ` in ${target.namespace}`;
  return `${target.workloadKind} ${target.name}${where} (kubernetes, ${target.mode})`;
}
