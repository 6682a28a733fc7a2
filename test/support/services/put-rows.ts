// Accounts and endpoints put as a test wants them, whatever stands there: through the registers that operators use.

import type { Account, Endpoint } from '../../../lib/relay/model/records.ts';
import type { AccountRegister, EndpointRegister } from '../../../lib/relay/operator/operator-ports.ts';

export interface RowPutter {
  putAccount(account: Account): Promise<void>;
  putEndpoint(endpoint: Endpoint): Promise<void>;
}

export function putThrough(accounts: AccountRegister, endpoints: EndpointRegister): RowPutter {
  return {
    async putAccount(account) {
      const standing = await accounts.find(account.accountId);
      expectWritten(standing ? await accounts.change(standing, account) : await accounts.create(account));
    },
    async putEndpoint(endpoint) {
      const standing = await endpoints.find(endpoint.accountId, endpoint.endpointId);
      expectWritten(standing ? await endpoints.change(standing, endpoint) : await endpoints.create(endpoint));
    },
  };
}

function expectWritten(isWritten: boolean): void {
  if (!isWritten) throw new Error('Somebody else wrote the row at the same moment.');
}
