// Turns a function's result into API Gateway's HTTP answer. Source: "Lambda function response for format 2.0".

/** An HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

interface Returned {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly cookies?: readonly string[];
  readonly isBase64Encoded?: boolean;
}

const SET_BY_THE_GATEWAY = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive']);

/** Returns an answer of the gateway itself, such as 404 `{"message":"Not Found"}`. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return jsonAnswer(status, JSON.stringify({ message }));
}

/**
 * Returns the answer for a function's result. A result without a status code is the body of a 200, and an invalid
 * result becomes a 500.
 */
export function toHttpAnswer(returned: unknown): HttpAnswer {
  if (typeof returned === 'string') return jsonAnswer(200, returned);
  if (typeof returned !== 'object' || returned === null || !('statusCode' in returned)) {
    return jsonAnswer(200, JSON.stringify(returned));
  }
  return readStructured(returned) ?? gatewayAnswer(500, 'Internal Server Error');
}

function readStructured({
  statusCode,
  headers,
  body = '',
  cookies,
  isBase64Encoded,
}: Returned): HttpAnswer | undefined {
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== 'string') return undefined;
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...lowerCaseNames(headers),
      ...(cookies && { 'set-cookie': cookies }),
    },
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function lowerCaseNames(headers: Returned['headers'] = {}): Record<string, string> {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(named.filter(([name]) => !SET_BY_THE_GATEWAY.has(name)));
}

function jsonAnswer(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
