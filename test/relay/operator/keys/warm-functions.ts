// Several warm functions over one store. Each has the caches of the real adapters, so they can see different rows.

import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { createImportedSecrets } from '../../../../lib/aws/secrets/imported-secrets.ts';
import { createKeyRings } from '../../../../lib/aws/secrets/secrets-key-ring.ts';
import { cacheRows } from '../../../../lib/aws/table/row-cache.ts';
import { checkAuth } from '../../../../lib/relay/http/check-auth.ts';
import { createRequestPipeline } from '../../../../lib/relay/http/request-pipeline.ts';
import { formatKeyRing } from '../../../../lib/relay/model/key-ring.ts';
import { TUNING } from '../../../../lib/relay/model/tuning.ts';
import type { ProvisionedKey } from '../../../../lib/relay/operator/keys/keys.ts';
import { recordedSecretsManager } from '../../../support/recorded-client.ts';
import { bytesOf, plainRequest } from '../../../support/relay/world.ts';
import { createTools } from './key-tools.ts';

const RING = 'arn:ring';

/** Returns `count` functions over one store, with counts of their calls to Secrets Manager and of key-use writes. */
export async function createWarmFunctions(count: number) {
  const tools = await createTools();
  const { world, ports } = tools;
  const { secrets, client } = recordedSecretsManager();
  const service = { answers: true, reads: 0, writes: 0 };
  secrets.on(GetSecretValueCommand).callsFake(async ({ SecretId }) => {
    service.reads += 1;
    if (!service.answers) throw new Error('ThrottlingException');
    if (SecretId === RING) return { SecretString: formatKeyRing((await ports.inboundRing.readCurrent()).ring) };
    return { SecretString: (await ports.importedSecrets.read(SecretId))?.reveal() };
  });
  const keyUses: typeof ports.keyUses = {
    record: (...use) => {
      service.writes += 1;
      return ports.keyUses.record(...use);
    },
  };
  const pipelines = Array.from({ length: count }, () => {
    const options = { seconds: TUNING.rowCacheSeconds, clock: ports.clock };
    const directory = { ...ports.directory, findKey: cacheRows(ports.directory.findKey, options) };
    const inboundRing = createKeyRings(client, RING, ports.clock);
    const importedSecrets = createImportedSecrets(client, ports.clock);
    const cachedPorts = { ...ports, directory, inboundRing, importedSecrets, keyUses };
    return createRequestPipeline(cachedPorts, { checkAuth: { audience: 'partner', handle: checkAuth } });
  });
  return {
    ...tools,
    service,
    /** Sends a new request, signed with this secret, to one of the functions. Returns the status of the answer. */
    async ask(at: number, { key, secret }: ProvisionedKey): Promise<number | undefined> {
      world.time.nowMs += 1;
      const request = plainRequest({ method: 'POST', path: '/api/auth/check', body: bytesOf({}) });
      const answer = await pipelines[at % count]?.(world.signed(request, { key, secret: secret.reveal() }));
      return answer?.status;
    },
  };
}
