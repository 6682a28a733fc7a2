// Serves the OpenAPI document, which caches may keep. It is built at the first request and then kept.
import { sha256 } from '../../protocol/sha256.ts';
import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import { TUNING } from '../model/tuning.ts';
import { describeApi } from './describe-api.ts';

let answer: RelayResponse | undefined;

/**
 * Serves `GET /openapi.json`. Answers 304 without a body when the untrusted `If-None-Match` names the document that the
 * caller would get (RFC 9110, section 13.1.2).
 */
export async function readOpenApi(ifNoneMatch = ''): Promise<RelayResponse> {
  answer ??= cacheable(jsonResponse(200, describeApi()));
  const { 'content-type': _, ...headers } = answer.headers;
  return matches(ifNoneMatch, headers['etag'] ?? '') ? { status: 304, headers, body: '' } : answer;
}

function cacheable({ status, headers, body }: RelayResponse): RelayResponse {
  const etag = `"${sha256(Buffer.from(body)).toString('base64url')}"`;
  return {
    status,
    body,
    headers: { ...headers, etag, 'cache-control': `public, max-age=${TUNING.openApiCacheSeconds}` },
  };
}

/** Compares weakly, as a GET must: a proxy that compresses the document marks its tag as weak. */
function matches(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
