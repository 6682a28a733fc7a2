// Evidence in a row beside its job: deflated, restored byte for byte, and never written over that of a later lease.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { EvidenceStore } from '../../relay/model/ports.ts';
import { absent, allOf, anyOf, equals, lessThan } from '../table/condition.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { expiresAtSeconds, ITEM_KEYS } from '../table/item-keys.ts';

/** Returns the evidence store on the table. */
export function createEvidenceStore(table: DynamoTable): EvidenceStore {
  return {
    async save({ jobId, createdAt, fence }, jws, expiresAt) {
      const deflated = deflateRawSync(Buffer.from(jws, 'utf8'));
      const isThisIncarnation = equals('createdAt', createdAt);
      const isTheSame = allOf(isThisIncarnation, equals('fence', fence), equals('jws', deflated));
      const isOfEarlierLease = anyOf(
        lessThan('createdAt', createdAt),
        allOf(isThisIncarnation, lessThan('fence', fence)),
      );
      const item = {
        ...ITEM_KEYS.evidence(jobId),
        jws: deflated,
        createdAt,
        fence,
        expiresAt: expiresAtSeconds(expiresAt),
      };
      return (await table.put(item, anyOf(absent('pk'), isOfEarlierLease, isTheSame))).done;
    },
    async find(jobId) {
      const item = await table.get(ITEM_KEYS.evidence(jobId), { consistent: true });
      return item && { jws: inflateRawSync(item['jws']).toString('utf8'), createdAt: item['createdAt'] };
    },
  };
}
