// What a function returned, as the HTTP answer that API Gateway makes of it. Source: "Lambda function response for format 2.0".

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

/** An answer of the gateway's own, e.g. 404 `{"message":"Not Found"}`. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return jsonAnswer(status, JSON.stringify({ message }));
}

/** Whatever has no status code is taken for the body of a 200; what makes no sense is a 500. */
export function answerFrom(returned: unknown): HttpAnswer {
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
      ...lowerCased(headers),
      ...(cookies && { 'set-cookie': cookies }),
    },
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function lowerCased(headers: Returned['headers'] = {}): Record<string, string> {
  const kept = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(kept.filter(([name]) => !SET_BY_THE_GATEWAY.has(name)));
}

function jsonAnswer(status: number, body: string): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
