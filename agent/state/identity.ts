// The identity of this desktop: an Ed25519 key that never leaves it, and its enrolment at the relay.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { formatPublicKey } from '../../lib/protocol/signatures/ed25519-public-key.ts';
import { AgentError } from '../events/agent-error.ts';
import { ensureOwnerOnlyDirectory, readOwnerOnlyFile, writeOwnerOnlyFile } from './owner-only-file.ts';

/** What the relay assigned to this desktop. */
export interface Enrollment {
  readonly relayUrl: string;
  readonly agentId: string;
  readonly accountId: string;
  readonly pool: string;
  readonly labels: readonly string[];
}

/** The key pair, and the enrolment if there is one. */
export interface Identity {
  readonly privateKey: KeyObject;
  /** The raw bytes in base64url. */
  readonly publicKey: string;
  readonly enrollment?: Enrollment | undefined;
}

/** An identity with an enrolment. */
export type EnrolledIdentity = Identity & { readonly enrollment: Enrollment };

interface StoredIdentity {
  readonly privateKeyPem: string;
  readonly enrollment?: Enrollment | undefined;
}

function identityFile(directory: string): string {
  return join(directory, 'identity.json');
}

/**
 * Returns the stored identity, or undefined when there is none.
 * @throws AgentError when others can read the file, or when it is not an identity file.
 */
export function loadIdentity(directory: string): Identity | undefined {
  const text = readOwnerOnlyFile(identityFile(directory));
  return text === undefined ? undefined : parseIdentity(text, identityFile(directory));
}

/**
 * Returns the stored identity, or a new one that is stored before this returns.
 * @throws AgentError as `loadIdentity`, or when others can read the directory.
 */
export function loadOrCreateIdentity(directory: string): Identity {
  ensureOwnerOnlyDirectory(directory);
  return loadIdentity(directory) ?? saveIdentity(directory, identityOf(generateKeyPairSync('ed25519').privateKey));
}

/**
 * Returns the identity of an enrolled desktop.
 * @throws AgentError that names the command to run when this desktop is not enrolled.
 */
export function loadEnrolledIdentity(directory: string): EnrolledIdentity {
  const identity = loadIdentity(directory);
  if (!identity?.enrollment) {
    throw new AgentError('not_enrolled', `No agent is enrolled in ${directory}. Run: signet-agent enroll <token>`);
  }
  return { ...identity, enrollment: identity.enrollment };
}

/** Stores the identity and returns it. */
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
