// Who this desktop is: an Ed25519 key made here that never leaves it, and what the relay calls it.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { formatPublicKey } from '../../lib/protocol/signatures/ed25519-public-key.ts';
import { AgentError } from '../events/agent-error.ts';
import { ensureOwnerOnlyDirectory, readOwnerOnlyFile, writeOwnerOnlyFile } from './owner-only-file.ts';

export interface Enrollment {
  readonly relayUrl: string;
  readonly agentId: string;
  readonly accountId: string;
  readonly pool: string;
  readonly labels: readonly string[];
}

export interface Identity {
  readonly privateKey: KeyObject;
  /** Raw bytes in base64url. */
  readonly publicKey: string;
  readonly enrollment?: Enrollment | undefined;
}

export type EnrolledIdentity = Identity & { readonly enrollment: Enrollment };

interface StoredIdentity {
  readonly privateKeyPem: string;
  readonly enrollment?: Enrollment | undefined;
}

function identityFile(directory: string): string {
  return join(directory, 'identity.json');
}

/** @throws AgentError when the file can be read by others or is not ours. */
export function loadIdentity(directory: string): Identity | undefined {
  const text = readOwnerOnlyFile(identityFile(directory));
  return text === undefined ? undefined : parseIdentity(text, identityFile(directory));
}

/** The identity that is there, or a new one, on disk before this returns. */
export function loadOrCreateIdentity(directory: string): Identity {
  ensureOwnerOnlyDirectory(directory);
  return loadIdentity(directory) ?? saveIdentity(directory, identityOf(generateKeyPairSync('ed25519').privateKey));
}

/** @throws AgentError with the command to run when this desktop has no agent id yet. */
export function loadEnrolledIdentity(directory: string): EnrolledIdentity {
  const identity = loadIdentity(directory);
  if (!identity?.enrollment) {
    throw new AgentError('not_enrolled', `No agent is enrolled in ${directory}. Run: signet-agent enroll <token>`);
  }
  return { ...identity, enrollment: identity.enrollment };
}

export function saveIdentity<I extends Identity>(directory: string, identity: I): I {
  const privateKeyPem = identity.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const stored: StoredIdentity = { privateKeyPem, enrollment: identity.enrollment };
  writeOwnerOnlyFile(identityFile(directory), `${JSON.stringify(stored, null, 2)}\n`);
  return identity;
}

function parseIdentity(text: string, path: string): Identity {
  try {
    const { privateKeyPem, enrollment } = JSON.parse(text) as StoredIdentity;
    return { ...identityOf(createPrivateKey(privateKeyPem)), enrollment };
  } catch {
    throw new AgentError('state_unusable', `${path} is not an identity file. Move it away and enroll again.`);
  }
}

function identityOf(privateKey: KeyObject): Identity {
  return { privateKey, publicKey: formatPublicKey(createPublicKey(privateKey)) };
}
