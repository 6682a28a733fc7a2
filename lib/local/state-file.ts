// `.signet/local.json`: what scripts need to know about the running laptop cloud. It has secrets, so it is owner-only.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaptopDeployment } from './laptop-deployment.ts';

interface KeyState {
  readonly keyId: string;
  readonly profile: string;
  readonly algorithm: 'hmac-sha256' | 'ed25519';
  /** Only for hmac-sha256. */
  readonly secret?: string;
  /** Only for ed25519: a file in PKCS #8 and PEM. */
  readonly privateKeyFile?: string;
}

interface WebhookState {
  readonly endpointId: string;
  readonly url: string;
  readonly profile: string;
  readonly secret: string;
}

/** The content of the file. */
export interface LocalState {
  readonly baseUrl: string;
  readonly accountId: string;
  /** One key for each inbound profile, and two for rfc9421. */
  readonly keys: readonly KeyState[];
  readonly agent: { readonly id: string };
  /** The demo's receiver. */
  readonly webhook: WebhookState;
  /** The endpoints of `--webhook`. */
  readonly ownWebhooks: readonly WebhookState[];
  /** The URL of the first redirect. */
  readonly demoSite: string;
  readonly pid: number;
  /** How `signet --local` reaches the emulators. Absent in a file of an older version. */
  readonly operator?: LaptopDeployment;
}

const nameIn = (dataDir: string) => join(dataDir, 'local.json');

/** Writes the file. A crash leaves either the old or the new content. */
export function writeLocalState(dataDir: string, state: LocalState): void {
  const draft = `${nameIn(dataDir)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, nameIn(dataDir));
}

/** Returns the content, or undefined when no laptop cloud is ready. */
export function readLocalState(dataDir: string): LocalState | undefined {
  try {
    return JSON.parse(readFileSync(nameIn(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Removes the file, if it exists. */
export function removeLocalState(dataDir: string): void {
  rmSync(nameIn(dataDir), { force: true });
}
