// Endpoints for the operator's tools: conditional writes and consistent reads.

import type { Endpoint } from '../../relay/model/records.ts';
import type { EndpointRegister } from '../../relay/operator/operator-ports.ts';
import { absent, allOf, beginsWith, equals, isRowAsRead, type OptionalNames } from '../table/condition.ts';
import type { DynamoTable } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';
import { withoutKeys } from './dynamodb-directory.ts';

const OPTIONAL: OptionalNames<Endpoint> = { keyId: true };

/** Returns the endpoint register on the table. */
export function createEndpointRegister(table: DynamoTable): EndpointRegister {
  const toRow = (endpoint: Endpoint) => ({
    ...ITEM_KEYS.endpoint(endpoint.accountId, endpoint.endpointId),
    ...endpoint,
  });
  return {
    async find(accountId, endpointId) {
      return withoutKeys<Endpoint>(await table.get(ITEM_KEYS.endpoint(accountId, endpointId), { consistent: true }));
    },
    async list(accountId) {
      const { pk, sk } = ITEM_KEYS.endpoint(accountId, '');
      const isOwn = allOf(equals('pk', pk), beginsWith('sk', sk));
      const items = await Array.fromAsync(table.query(isOwn, { consistent: true }));
      return items.flatMap((item) => withoutKeys<Endpoint>(item) ?? []);
    },
    create: async (endpoint) => (await table.put(toRow(endpoint), absent('pk'))).done,
    change: async (asRead, endpoint) => (await table.put(toRow(endpoint), isRowAsRead(asRead, OPTIONAL))).done,
    async remove(accountId, endpointId) {
      await table.delete(ITEM_KEYS.endpoint(accountId, endpointId));
    },
  };
}
