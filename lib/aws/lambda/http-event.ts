// API Gateway payload 2.0: an event as a request, and a response as a result.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { IncomingRequest } from '../../relay/http/request-pipeline.ts';
import type { RelayResponse } from '../../relay/model/http-response.ts';

/**
 * Returns the request in an event. Its body is exactly the received bytes: decoded when the gateway encoded them as
 * base64, otherwise the UTF-8 bytes of its text. Everything but `requestContext` is untrusted.
 */
export function fromHttpEvent(event: APIGatewayProxyEventV2): IncomingRequest {
  const { requestContext } = event;
  const headers = readHeaders(event);
  return {
    requestId: requestContext.requestId,
    method: requestContext.http.method,
    path: event.rawPath,
    query: event.rawQueryString,
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    authority: (headers['host'] ?? '').toLowerCase(),
    gatewayAuthority: requestContext.domainName.toLowerCase(),
  };
}

/**
 * Returns headers without a prototype. The sender chooses the names, and `constructor` must not be found by
 * inheritance.
 */
function readHeaders({ headers }: APIGatewayProxyEventV2): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value ?? ''] as const);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Returns the result for a response. It is marked as not cacheable, unless its handler says otherwise. */
export function toHttpResult({ status, headers, body }: RelayResponse): APIGatewayProxyStructuredResultV2 {
  return { statusCode: status, headers: { 'cache-control': 'no-store', ...headers }, body };
}
