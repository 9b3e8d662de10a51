import { serveHealth, type HealthServer } from '../../adapters/http-health/server.ts';
import type { ListenAddress } from '../../config/settings.ts';
import { InputError } from '../../problems.ts';
import type { Session } from './session.ts';

/** Where health is told unless a port was named. */
const HEALTH_PORT = 4271;

/** When it cannot listen, the session is stopped, and what is wrong is told. */
export async function startHealth(listen: ListenAddress | undefined, session: Session): Promise<HealthServer | undefined> {
  if (listen === undefined) return undefined;
  try {
    return await serveHealth(listen.host, listen.port ?? HEALTH_PORT, () => session.health());
  } catch (error) {
    await session.stop();
    const found = error instanceof Error ? error.message : String(error);
    throw new InputError([{ place: '--health', wanted: 'an address and port that can be listened on', found }]);
  }
}
