// Describes how requests are signed, as OpenAPI security schemes. Each inbound profile is a family of headers.

import type { Route } from '../../api/routes.ts';
import {
  type DelimitedProfile,
  INBOUND_PROFILES,
  type InboundProfileId,
  PROFILES,
} from '../../protocol/profiles/profiles.ts';
import type { JsonObject } from './components.ts';

/** The headers of a profile. `Content-Digest` is left out, because only requests with a body have it. */
function headersOf(id: InboundProfileId): readonly string[] {
  if (id === 'rfc9421') return ['signature-input', 'signature'];
  const { keyIdHeader = '', headerCodec }: DelimitedProfile = PROFILES[id];
  return [keyIdHeader, ...Object.keys(headerCodec.write({ timestamp: '', nonce: '', signatures: [''] }))];
}

function describeFamily(id: InboundProfileId): string {
  if (id === 'rfc9421')
    return 'RFC 9421 with tag="signet". Covers @method, @authority, @path and @query, and content-digest (RFC 9530, sha-256) if there is a body. Parameters: created, nonce, keyid and alg.';
  const { parts, separator, encoding, clock }: DelimitedProfile = PROFILES[id];
  const unit = clock?.unit === 'ms' ? 'milliseconds' : 'seconds';
  const joint = separator === '' ? 'nothing' : `"${separator}"`;
  return `HMAC-SHA256 of ${parts.join(', ')} with ${joint} between them, in ${encoding.replaceAll('_', ' ')}. The time is in ${unit}.`;
}

const schemeName = (id: InboundProfileId, header: string) => `${id}.${header}`;

/** Returns one scheme for each header of each family, because OpenAPI cannot describe a signature of several headers. */
export function describeSecuritySchemes(): Record<string, JsonObject> {
  const schemes = INBOUND_PROFILES.flatMap((id) =>
    headersOf(id).map((name) => {
      const description = `A header of the family ${id}. ${describeFamily(id)}`;
      return [schemeName(id, name), { type: 'apiKey', in: 'header', name, description }] as const;
    }),
  );
  return Object.fromEntries(schemes);
}

/** Returns the alternatives for an audience: a request is signed with any one of these families. */
export function securityOf(audience: Route['audience']): JsonObject[] {
  if (audience === 'anyone') return [];
  const families = audience === 'partner' ? INBOUND_PROFILES : (['rfc9421'] as const);
  return families.map((id) => Object.fromEntries(headersOf(id).map((header) => [schemeName(id, header), []])));
}
