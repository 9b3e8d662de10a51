/** Keeps room on the nodes for replicas to come, by an object of ours beside the workload. */
import type { Clock } from '../../../ports/clock.ts';
import type { Log } from '../../../ports/log.ts';
import { FIELD_MANAGER, type KubernetesClient } from '../client.ts';
import { textAt } from '../json.ts';
import type { ContainerSize } from '../size/container-size.ts';
import { CAPACITY_BUFFER } from './capacity-buffer.ts';
import { PLACEHOLDERS } from './placeholder.ts';
import { HEADROOM_LABEL, headroomLabel, roomFor, roomName, type HeadroomSettings, type Room } from './room.ts';

export interface HeadroomReport {
  /** Pods that room is asked for. */
  readonly replicas: number;
  /** Why there is no room kept, if there is none. */
  readonly trouble?: string;
}

/** The count of the workload is followed at once, but not more often than this. */
const EVERY_MS = 30_000;
/** What somebody else did to it, and another template of the workload, is seen after this. */
const ANEW_MS = 300_000;

export class HeadroomKeeper {
  readonly #client: KubernetesClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #settings: HeadroomSettings;
  readonly #room: Room;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #report: HeadroomReport | undefined;
  #looking: Promise<void> | undefined;

  constructor(client: KubernetesClient, clock: Clock, log: Log, settings: HeadroomSettings) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#settings = settings;
    this.#room = settings.by === 'buffer' ? CAPACITY_BUFFER : PLACEHOLDERS;
  }

  /** undefined before the first look. */
  get report(): HeadroomReport | undefined {
    return this.#report;
  }

  /** Brings the room in line with the count of the workload, unless they are. Never rejects, and nobody has to wait for it. */
  look(namespace: string, workloadPath: string, replicas: number, size: ContainerSize | undefined): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const isKept = this.#report?.replicas === roomFor(this.#settings, replicas) && nowMs - this.#writtenMs < ANEW_MS;
    if (isKept || nowMs - this.#lookedMs < EVERY_MS) return this.#looking ?? Promise.resolve();
    this.#lookedMs = nowMs;
    this.#looking = this.#keep(namespace, workloadPath, replicas, size).catch((error: unknown) =>
      this.#log.error({ error }, 'headroom could not be looked at'),
    );
    return this.#looking;
  }

  async #keep(namespace: string, workloadPath: string, count: number, size: ContainerSize | undefined): Promise<void> {
    const read = await this.#client.send({ method: 'GET', path: workloadPath, intent: 'read' });
    if (!read.ok) return;
    const kind = textAt(read.value, 'kind') ?? '';
    const name = textAt(read.value, 'metadata', 'name') ?? '';
    const replicas = roomFor(this.#settings, count);
    const place = await this.#room.find(this.#client, namespace);
    if (!place.ok) return this.#tell({ replicas: 0, trouble: place.error.message });
    const { apiVersion, collection } = place.value;
    const path = `${collection}/${encodeURIComponent(roomName(name))}`;
    const present = await this.#client.send({ method: 'GET', path, intent: 'read' });
    if (!present.ok && present.error.code !== 'not-found') return this.#tell({ replicas: 0, trouble: present.error.message });
    const isOurs = !present.ok || textAt(present.value, 'metadata', 'labels', HEADROOM_LABEL) === headroomLabel(kind, name);
    if (!isOurs) return this.#tell({ replicas: 0, trouble: `${roomName(name)} is there already, and not ours` });
    this.#writtenMs = this.#clock.monotonicMs();
    if (replicas === 0) {
      if (present.ok) await this.#client.send({ method: 'DELETE', path, intent: 'write' });
      return this.#tell({ replicas });
    }
    const body = this.#room.bodyOf({ apiVersion, workload: read.value, settings: this.#settings, replicas, size });
    if (body === undefined)
      return this.#tell({ replicas: 0, trouble: `the containers of ${name} request nothing, so no room can be kept` });
    const query = `fieldManager=${FIELD_MANAGER}&force=true`;
    const contentType = 'application/apply-patch+yaml';
    const applied = await this.#client.send({ method: 'PATCH', path: `${path}?${query}`, contentType, body, intent: 'write' });
    if (!applied.ok) return this.#tell({ replicas: 0, trouble: applied.error.message });
    const refused = this.#room.troubleOf(applied.value);
    this.#tell({ replicas, ...(refused === undefined ? {} : { trouble: refused }) });
  }

  #tell(report: HeadroomReport): void {
    const isNews = JSON.stringify(report) !== JSON.stringify(this.#report);
    this.#report = report;
    if (isNews) this.#log[report.trouble === undefined ? 'info' : 'warn']({ ...report }, 'headroom');
  }
}
