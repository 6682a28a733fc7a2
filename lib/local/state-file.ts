// `.signet/local.json`: what scripts need to know of the running laptop cloud. Owner-only, because secrets are in it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaptopDeployment } from './laptop-deployment.ts';

interface KeyState {
  readonly keyId: string;
  readonly profile: string;
  readonly algorithm: 'hmac-sha256' | 'ed25519';
  /** Of hmac-sha256. */
  readonly secret?: string;
  /** Of ed25519: PKCS #8 in PEM. */
  readonly privateKeyFile?: string;
}

interface WebhookState {
  readonly endpointId: string;
  readonly url: string;
  readonly profile: string;
  readonly secret: string;
}

export interface LocalState {
  readonly baseUrl: string;
  readonly accountId: string;
  /** One for each inbound profile, two for rfc9421. */
  readonly keys: readonly KeyState[];
  readonly agent: { readonly id: string };
  /** The demo's own receiver. */
  readonly webhook: WebhookState;
  /** What `--webhook` asked for. */
  readonly ownWebhooks: readonly WebhookState[];
  /** The URL of the first redirect. */
  readonly demoSite: string;
  readonly pid: number;
  /** How `signet --local` reaches the emulators. Absent in a file that an older version wrote. */
  readonly operator?: LaptopDeployment;
}

const nameIn = (dataDir: string) => join(dataDir, 'local.json');

/** Written whole or not at all. */
export function writeLocalState(dataDir: string, state: LocalState): void {
  const draft = `${nameIn(dataDir)}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, nameIn(dataDir));
}

/** Undefined when no laptop cloud is ready. */
export function readLocalState(dataDir: string): LocalState | undefined {
  try {
    return JSON.parse(readFileSync(nameIn(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
}

export function removeLocalState(dataDir: string): void {
  rmSync(nameIn(dataDir), { force: true });
}
