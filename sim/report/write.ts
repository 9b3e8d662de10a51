import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileFault, InputError } from '../../src/problems.ts';
import type { Simulation } from '../simulate.ts';
import { timelineCsv } from '../timeline.ts';
import { reportPage } from './page.ts';
import { reportOf } from './report.ts';

/**
 * Writes the timelines, decisions and kept messages of every policy, report.json and report.html. Each file appears under its name when
 * it is whole.
 * @throws InputError when the folder cannot be written.
 */
export function writeReport(folder: string, simulation: Simulation): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const { label, rows, decisions, messages } of simulation.runs) {
      mkdirSync(join(folder, label), { recursive: true });
      writeWhole(join(folder, label, 'timeline.csv'), timelineCsv(rows));
      writeWhole(join(folder, label, 'decisions.jsonl'), decisions.map((decision) => `${JSON.stringify(decision)}\n`).join(''));
      const path = join(folder, label, 'messages.jsonl');
      // Those of an earlier run would pass for those of this one.
      if (messages === undefined) rmSync(path, { force: true });
      else writeWhole(path, messages.map((line) => `${line}\n`).join(''));
    }
    writeWhole(join(folder, 'report.json'), `${JSON.stringify(reportOf(simulation), null, 2)}\n`);
    writeWhole(join(folder, 'report.html'), reportPage(simulation));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new InputError([{ place: '--out', wanted: 'a folder that can be written', found: fileFault(error) }]);
  }
}

function writeWhole(path: string, text: string): void {
  const part = `${path}.part`;
  try {
    writeFileSync(part, text);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}
