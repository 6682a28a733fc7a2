// Puts accounts and endpoints through operators' registers, and replaces existing rows.

import type { Account, Endpoint } from '../../../lib/relay/model/records.ts';
import type { AccountRegister, EndpointRegister } from '../../../lib/relay/operator/operator-ports.ts';

export interface RowPutter {
  putAccount(account: Account): Promise<void>;
  putEndpoint(endpoint: Endpoint): Promise<void>;
}

/** Returns functions that create a row or change the existing one. */
export function createRowPutter(accounts: AccountRegister, endpoints: EndpointRegister): RowPutter {
  return {
    async putAccount(account) {
      const current = await accounts.find(account.accountId);
      expectWritten(current ? await accounts.change(current, account) : await accounts.create(account));
    },
    async putEndpoint(endpoint) {
      const current = await endpoints.find(endpoint.accountId, endpoint.endpointId);
      expectWritten(current ? await endpoints.change(current, endpoint) : await endpoints.create(endpoint));
    },
  };
}

function expectWritten(isWritten: boolean): void {
  if (!isWritten) throw new Error('Another writer changed the row at the same time.');
}
