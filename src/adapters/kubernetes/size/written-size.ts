/** A size that came with a write: kept at the workload beside the count, in one step with it, and until the config says another. */
import type { ReplicaSize } from '../../../protocol/resource.ts';
import { SIZE_ANNOTATION, SIZE_INSTEAD_ANNOTATION } from '../annotations.ts';
import { textAt, type JsonObject } from '../json.ts';
import type { PodSizing } from './container-size.ts';

/** What the config asks for; undefined where it leaves CPU or memory as the template has it. */
export function configuredSize({ cores, memoryBytes }: PodSizing): ReplicaSize | undefined {
  return cores === undefined || memoryBytes === undefined ? undefined : { cpuMillicores: Math.round(cores * 1_000), memoryBytes };
}

/** Annotations of a write that asks for a size. */
export function sizeNotes(size: ReplicaSize, sizing: PodSizing): Readonly<Record<string, string>> {
  return { [SIZE_ANNOTATION]: textOf(size), [SIZE_INSTEAD_ANNOTATION]: textOf(configuredSize(sizing)) };
}

/** undefined: none was written, or the config has changed since. */
export function writtenSize(workload: JsonObject, sizing: PodSizing): ReplicaSize | undefined {
  const instead = textAt(workload, 'metadata', 'annotations', SIZE_INSTEAD_ANNOTATION);
  return instead === textOf(configuredSize(sizing)) ? parse(textAt(workload, 'metadata', 'annotations', SIZE_ANNOTATION)) : undefined;
}

/** What pods are kept at: servers know whole millicores and bytes. */
export function sizingOf(workload: JsonObject, sizing: PodSizing): PodSizing {
  const written = writtenSize(workload, sizing);
  if (written === undefined) return sizing;
  const cores = Math.max(1, Math.round(written.cpuMillicores)) / 1_000;
  return { ...sizing, cores, memoryBytes: Math.ceil(written.memoryBytes), isPlanned: true };
}

/** As exact as it was asked for: whoever asked compares. */
function textOf(size: ReplicaSize | undefined): string {
  return size === undefined ? '' : `${size.cpuMillicores}m/${size.memoryBytes}`;
}

function parse(text = ''): ReplicaSize | undefined {
  const [cpu = '', memory = ''] = text.split('m/', 2);
  const [cpuMillicores, memoryBytes] = [Number(cpu), Number(memory)];
  const isSize = [cpuMillicores, memoryBytes].every((value) => Number.isFinite(value) && value > 0);
  return isSize ? { cpuMillicores, memoryBytes } : undefined;
}
