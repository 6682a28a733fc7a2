// Which well-known mistake explains a signature that does not fit: tried within bounds, the same for every key id.

import { createSecretKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { LIMITS } from '../../api/limits.ts';
import { diagnoseSigning } from '../../protocol/diagnosis/diagnose-signing.ts';
import type { Suspicion } from '../../protocol/diagnosis/suspicions.ts';
import type { SignatureAlgorithm, SignatureClaim } from '../../protocol/profiles/signature-claim.ts';
import type { Clock } from '../model/ports.ts';
import { TUNING } from '../model/tuning.ts';

export interface Diagnosis {
  readonly suspicion?: Suspicion | undefined;
  /** False beyond the bounds. */
  readonly wasTried: boolean;
}

/** `material` is what the key has, if there is one. */
export type Diagnose = (claim: SignatureClaim, material: readonly KeyObject[]) => Diagnosis;

/**
 * Tries the mistakes for at most ten requests a minute of a key id, a hundred key ids, and bodies of 16 KiB, in this
 * process. Keys that do not exist cost as many HMACs as keys that do.
 */
export function createDiagnosis(clock: Clock): Diagnose {
  const budget = createBudget(clock);
  return (claim, material) => {
    if (claim.request.body.length > LIMITS.diagnosedBodyBytes || !budget(claim.keyId)) return { wasTried: false };
    return { suspicion: diagnoseSigning(claim, padded(claim.algorithm, material)), wasTried: true };
  };
}

/** As many secrets as a key has in a rotation. */
const SECRETS_TRIED = 2;

const DUMMY: Readonly<Record<SignatureAlgorithm, readonly KeyObject[]>> = {
  'hmac-sha256': Array.from({ length: SECRETS_TRIED }, () => {
    return createSecretKey(Buffer.from(`sk_${randomBytes(32).toString('base64url')}`));
  }),
  ed25519: [generateKeyPairSync('ed25519').publicKey],
};

function padded(algorithm: SignatureAlgorithm, material: readonly KeyObject[]): readonly KeyObject[] {
  const dummies = DUMMY[algorithm];
  const type = algorithm === 'ed25519' ? 'public' : 'secret';
  return [...material.filter((key) => key.type === type), ...dummies].slice(0, dummies.length);
}

/** True while the key id has some left in this minute. */
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
