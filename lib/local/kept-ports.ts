// The ports of the last run: open jobs, endpoints and the agent point at them, so they are taken again if they are free.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** 0 where there is none yet. */
export interface KeptPorts {
  readonly api: number;
  readonly site: number;
  readonly receiver: number;
}

const nameIn = (dataDir: string) => join(dataDir, 'ports.json');

/** What is no port is as good as none. */
export function readKeptPorts(dataDir: string): KeptPorts {
  const kept = readOrEmpty(nameIn(dataDir));
  return { api: toPort(kept['api']), site: toPort(kept['site']), receiver: toPort(kept['receiver']) };
}

export function writeKeptPorts(dataDir: string, ports: KeptPorts): void {
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
