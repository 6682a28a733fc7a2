// How requests are signed, in the words of OpenAPI: a family is all of its headers together, and one family signs a request.

import type { Route } from '../../api/routes.ts';
import {
  type DelimitedProfile,
  INBOUND_PROFILES,
  type InboundProfileId,
  PROFILES,
} from '../../protocol/profiles/profiles.ts';
import type { JsonObject } from './components.ts';

/** The headers of each inbound profile, as its row has them. `Content-Digest` depends on the body, and is described below. */
function headersOf(id: InboundProfileId): readonly string[] {
  if (id === 'rfc9421') return ['signature-input', 'signature'];
  const { keyIdHeader = '', headerCodec }: DelimitedProfile = PROFILES[id];
  return [keyIdHeader, ...Object.keys(headerCodec.write({ timestamp: '', nonce: '', signatures: [''] }))];
}

function describeFamily(id: InboundProfileId): string {
  if (id === 'rfc9421')
    return 'RFC 9421, tag="signet": @method, @authority, @path, @query, and content-digest (RFC 9530, sha-256) where there is a body; created, nonce, keyid and alg.';
  const { parts, separator, encoding, clock }: DelimitedProfile = PROFILES[id];
  const unit = clock?.unit === 'ms' ? 'milliseconds' : 'seconds';
  const joint = separator === '' ? 'nothing' : `"${separator}"`;
  return `HMAC-SHA256 of ${parts.join(', ')} with ${joint} between, in ${encoding.replaceAll('_', ' ')}; time in ${unit}.`;
}

const schemeName = (id: InboundProfileId, header: string) => `${id}.${header}`;

/** One scheme for each header of each family: OpenAPI has no word for a signature of several headers. */
export function describeSecuritySchemes(): Record<string, JsonObject> {
  const schemes = INBOUND_PROFILES.flatMap((id) =>
    headersOf(id).map((name) => {
      const description = `One header of the family ${id}. ${describeFamily(id)}`;
      return [schemeName(id, name), { type: 'apiKey', in: 'header', name, description }] as const;
    }),
  );
  return Object.fromEntries(schemes);
}

/** The families that may sign a request of that audience: any one of them. */
export function securityOf(audience: Route['audience']): JsonObject[] {
  if (audience === 'anyone') return [];
  const families = audience === 'partner' ? INBOUND_PROFILES : (['rfc9421'] as const);
  return families.map((id) => Object.fromEntries(headersOf(id).map((header) => [schemeName(id, header), []])));
}
