// API Gateway payload 2.0 in, the same out.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { IncomingRequest } from '../../relay/http/request-pipeline.ts';
import type { RelayResponse } from '../../relay/model/http-response.ts';

/** The exact body bytes: decoded when the gateway encoded them, else the UTF-8 of its text. */
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

/** Without a prototype: a sender chooses which names are looked up, and `constructor` must not be found by itself. */
function readHeaders({ headers }: APIGatewayProxyEventV2): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value ?? ''] as const);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

export function toHttpResult({ status, headers, body }: RelayResponse): APIGatewayProxyStructuredResultV2 {
  return { statusCode: status, headers: { ...headers, 'cache-control': 'no-store' }, body };
}
