// Finds the well-known mistake that explains a wrong signature, within limits and at the same cost for every key id.

import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { LIMITS } from '../../api/limits.ts';
import { diagnoseSigning } from '../../protocol/diagnosis/diagnose-signing.ts';
import type { Suspicion } from '../../protocol/diagnosis/suspicions.ts';
import type { SignatureAlgorithm, SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import type { Clock } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

/** The outcome of a diagnosis. */
export interface Diagnosis {
  /** The mistake that explains the signature. Absent when none does. */
  readonly suspicion?: Suspicion | undefined;
  /** False when the limits were reached and no mistake was tried. */
  readonly wasTried: boolean;
}

/** Diagnoses a wrong signature. `material` holds the key's own key objects; it is empty for an unknown key. */
export type Diagnose = (claim: SignatureClaim, material: readonly KeyObject[]) => Diagnosis;

/**
 * Returns a function that diagnoses wrong signatures within limits of its own: ten requests a minute for each key id, a
 * hundred key ids a minute, and bodies of at most 16 KiB. An unknown key costs as many HMACs as a known one.
 */
export function createDiagnosis(clock: Clock): Diagnose {
  const budget = createBudget(clock);
  return (claim, material) => {
    if (claim.request.body.length > LIMITS.diagnosedBodyBytes || !budget(claim.keyId)) return { wasTried: false };
    return { suspicion: diagnoseSigning(claim, padMaterial(claim.algorithm, material)), wasTried: true };
  };
}

/** The number of secrets that a key has during a rotation. */
const SECRETS_TRIED = 2;

const DUMMY: Readonly<Record<SignatureAlgorithm, readonly KeyObject[]>> = {
  'hmac-sha256': Array.from({ length: SECRETS_TRIED }, () => {
    return createSecretKey(Buffer.from(`sk_${randomBytes(32).toString('base64url')}`));
  }),
  ed25519: [generateKeyPairSync('ed25519').publicKey],
};

function padMaterial(algorithm: SignatureAlgorithm, material: readonly KeyObject[]): readonly KeyObject[] {
  const dummies = DUMMY[algorithm];
  const type = algorithm === 'ed25519' ? 'public' : 'secret';
  return [...material.filter((key) => key.type === type), ...dummies].slice(0, dummies.length);
}

/** Returns a function that counts a diagnosis, and returns false when the key id has none left in this minute. */
function createBudget(clock: Clock): (keyId: string) => boolean {
  const used = new Map<string, number>();
  let minute = 0;
  return (keyId) => {
    const now = Math.floor(clock() / 60_000);
    if (now !== minute) used.clear();
    minute = now;
    const count = used.get(keyId) ?? 0;
    if (count >= LIMITS.diagnosesPerMinute || (count === 0 && used.size >= TUNING.diagnosedKeys)) return false;
    used.set(keyId, count + 1);
    return true;
  };
}
