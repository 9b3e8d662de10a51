import { request } from 'node:http';
import { HEALTH_CHECK_AGENT } from '../../producer/health-check.ts';

/** Asks `GET path` on loopback once. Healthy: a status from 200 to 299 within `timeoutMs`. Never rejects. */
export function probeHealth(port: number, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const headers = { 'user-agent': HEALTH_CHECK_AGENT };
    const signal = AbortSignal.timeout(timeoutMs);
    const probe = request({ host: '127.0.0.1', port, path, agent: false, headers, signal }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status <= 299);
    });
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
