// Webhook endpoints as operators see them. They hold no secret.
import type { Endpoint } from '../../../../lib/relay/model/records.ts';
import { type Column, showFacts, showTable } from '../../../../lib/terminal/show-table.ts';
import type { View } from '../view.ts';
import { iso, showMinute } from './show-time.ts';

const COLUMNS: readonly Column<Endpoint>[] = [
  { head: 'endpoint', cell: ({ endpointId }) => endpointId },
  { head: 'state', cell: ({ state }) => state },
  { head: 'profile', cell: ({ profile }) => profile },
  { head: 'url', cell: ({ url }) => url, isFlexible: true },
];

/** Returns the view of the endpoints of an account. */
export function viewEndpoints(endpoints: readonly Endpoint[]): View {
  return {
    json: { endpoints: endpoints.map(describe) },
    lines: (width) =>
      endpoints.length === 0
        ? ['The account has no endpoint. Run signet endpoint create to make one.']
        : showTable(endpoints, COLUMNS, width),
  };
}

/** Returns the view of one endpoint. The remarks are printed as they are. */
export function viewEndpoint(endpoint: Endpoint, remarks: readonly string[] = []): View {
  const facts = [
    ['endpoint', endpoint.endpointId],
    ['account', endpoint.accountId],
    ['url', endpoint.url],
    ['profile', endpoint.profile],
    ['state', endpoint.state],
    ['key id', endpoint.keyId],
    ['created', showMinute(endpoint.createdAt)],
    ['secret versions', endpoint.versions.map(({ version }) => version).join(' ')],
  ] as const;
  return {
    json: { endpoint: describe(endpoint) },
    lines: (width) => [...showFacts(facts, width), ...(remarks.length > 0 ? ['', ...remarks] : [])],
  };
}

function describe({ createdAt, versions, ...endpoint }: Endpoint): object {
  return {
    ...endpoint,
    createdAt: iso(createdAt),
    versions: versions.map((version) => ({
      ...version,
      createdAt: iso(version.createdAt),
      endsAt: iso(version.endsAt),
    })),
  };
}
