// The ports of the last run. Open jobs, endpoints and the agent refer to them, so they are used again if they are free.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A port is 0 when none is saved. */
export interface SavedPorts {
  readonly api: number;
  readonly site: number;
  readonly receiver: number;
}

const nameIn = (dataDir: string) => join(dataDir, 'ports.json');

/** Returns the saved ports. A value that is not a port counts as none. */
export function readSavedPorts(dataDir: string): SavedPorts {
  const saved = readOrEmpty(nameIn(dataDir));
  return { api: toPort(saved['api']), site: toPort(saved['site']), receiver: toPort(saved['receiver']) };
}

/** Saves the ports for the next start. */
export function writeSavedPorts(dataDir: string, ports: SavedPorts): void {
  writeFileSync(nameIn(dataDir), JSON.stringify(ports));
}

function toPort(value: unknown): number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535 ? Number(value) : 0;
}

function readOrEmpty(path: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) ?? {};
  } catch {
    return {};
  }
}
