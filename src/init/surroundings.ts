/** What was found around the machine; undefined where there was nothing. */
export interface Surroundings {
  readonly kubernetes: KubernetesAround | undefined;
  /** Address of a Prometheus server that answered. */
  readonly prometheus: string | undefined;
  /** URL of a Redis that answered. */
  readonly redis: string | undefined;
}

export interface KubernetesAround {
  /** Host of its API server. */
  readonly server: string;
  readonly namespace: string;
  /** Names of Deployments that could be listed there. */
  readonly deployments: readonly string[];
}

export const NOTHING: Surroundings = { kubernetes: undefined, prometheus: undefined, redis: undefined };
