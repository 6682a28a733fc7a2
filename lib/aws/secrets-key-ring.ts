// A key ring in Secrets Manager: read once in a while, and kept when the service does not answer.
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type KeyRing, parseKeyRing } from '../relay/key-ring.ts';
import { LIMITS } from '../relay/limits.ts';
import type { Clock, KeyRings } from '../relay/ports.ts';
import { callDependency } from './dependency.ts';

/**
 * Reads at most every five minutes. An old ring is better than none, because masters are only ever added, and it is
 * kept for a while before the next try: otherwise every request would wait for a service that does not answer.
 */
export function createKeyRings(client: SecretsManagerClient, secretId: string, clock: Clock): KeyRings {
  let kept: { readonly ring: KeyRing; readonly until: number; readonly readAt: number } | undefined;
  const load = async () => {
    const command = new GetSecretValueCommand({ SecretId: secretId });
    const { SecretString } = await callDependency('Secrets Manager', () => client.send(command));
    return parseKeyRing(SecretString ?? '');
  };
  return {
    async read(atLeast = 0) {
      const readAt = clock();
      const isNewEnough =
        !kept || kept.ring.current >= atLeast || readAt < kept.readAt + LIMITS.ringRetrySeconds * 1000;
      if (kept && readAt < kept.until && isNewEnough) return kept.ring;
      try {
        kept = { ring: await load(), readAt, until: readAt + LIMITS.ringCacheSeconds * 1000 };
      } catch (error) {
        if (!kept) throw error;
        kept = { ...kept, readAt, until: readAt + LIMITS.ringRetrySeconds * 1000 };
      }
      return kept.ring;
    },
  };
}
