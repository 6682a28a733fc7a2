// The port TenantRows in memory: it removes all rows of an account from the in-memory stores.
import type { TenantRows } from '../../../lib/relay/operator/operator-ports.ts';
import type { InMemoryJobs } from './jobs.ts';
import type { InMemoryDeliveryLog } from './stores.ts';
import type { InMemoryTenants } from './tenants.ts';

/** Returns the port over the given stores. */
export function createInMemoryTenantRows(
  tenants: InMemoryTenants,
  stores: { readonly jobs: InMemoryJobs; readonly log: InMemoryDeliveryLog },
): TenantRows {
  return {
    async *removeAll(accountId) {
      let removed = stores.jobs.removeAll(accountId);
      yield removed;
      removed += stores.log.removeAll(accountId);
      yield removed;
      yield removed + tenants.removeRows(accountId);
    },
    async removeAccount(accountId) {
      tenants.removeAccount(accountId);
    },
  };
}
