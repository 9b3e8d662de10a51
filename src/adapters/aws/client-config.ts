import type { AutoScalingClientConfig } from '@aws-sdk/client-auto-scaling';

export type AwsCredentials = NonNullable<AutoScalingClientConfig['credentials']>;

export interface AwsCallSettings {
  /** undefined: as the SDK finds it. */
  readonly region: string | undefined;
  /** undefined: that of the region. */
  readonly endpoint: string | undefined;
  /** One call, milliseconds. */
  readonly timeoutMs: number;
}

/** The same for every client of the SDK. */
export function clientConfig({ region, endpoint, timeoutMs }: AwsCallSettings, credentials: AwsCredentials | undefined) {
  return {
    // What is repeated, and when, is the scaling action's decision.
    maxAttempts: 1,
    requestHandler: { requestTimeout: timeoutMs, connectionTimeout: timeoutMs, throwOnRequestTimeout: true },
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}
