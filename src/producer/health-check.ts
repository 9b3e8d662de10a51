/**
 * Load balancers and orchestrators ask each replica whether it is well. That is no load: it grows with the replicas, not with
 * the demand, and a forecast of it would hold replicas for the sake of asking them.
 */

/** What our own checks call themselves. */
export const HEALTH_CHECK_AGENT = 'forescale-health-check';

/** How the user agents of the common checkers begin, each as its own documentation or source has it. */
const CHECKERS = [
  HEALTH_CHECK_AGENT,
  'kube-probe/',
  'ELB-HealthChecker/',
  'GoogleHC/',
  'Load Balancer Agent',
  'Amazon-Route53-Health-Check-Service',
  'Envoy/HC',
  'Consul Health Check',
];

export function isHealthChecker(userAgent: string | undefined): boolean {
  return userAgent !== undefined && CHECKERS.some((name) => userAgent.startsWith(name));
}
