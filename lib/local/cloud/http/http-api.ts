// API Gateway's HTTP API on 127.0.0.1: it finds the route, calls its function, and answers as the gateway does.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback, readBody } from '../base/loopback-server.ts';
import { chunks, type WritableMeter } from '../meter/meter.ts';
import { type Assembly, resourcesOfType } from '../template/assembly.ts';
import { type Bindings, resolveText } from '../template/intrinsic-functions.ts';
import { createHttpEvent } from './http-event.ts';
import { gatewayAnswer, type HttpAnswer, toHttpAnswer } from './http-response.ts';
import { createRouter, type HttpRoute, type Router } from './http-routes.ts';

const PAYLOAD_LIMIT_BYTES = 10 * 1024 * 1024;
const BILLED_CHUNK_BYTES = 512 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

/** The API's port, routes and functions. */
export interface HttpApiOptions {
  readonly port: number;
  /** Awaited for every request, so that requests during the start wait until the routes are known. */
  readonly router: Promise<Router>;
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly meter: WritableMeter;
  /** Epoch milliseconds of the emulated machine's clock. */
  readonly now: () => number;
  readonly onRequest: (event: Readonly<Record<string, unknown>>) => void;
}

/**
 * Starts the API.
 * @throws Error (EADDRINUSE) when the port is taken.
 */
export function startHttpApi(options: HttpApiOptions): Promise<LoopbackServer> {
  return listenOnLoopback(options.port, (request, response) => {
    answer(request, options)
      .then((given) => write(response, given))
      // When the body was too large, the rest of it is still arriving.
      .then(() => request.resume())
      .catch(() => response.destroy());
  });
}

/**
 * Returns the router for the template's routes, each with its function.
 * @throws Error when a route's integration is not a function.
 */
export function readRouter(assembly: Assembly, bindings: Bindings): Router {
  const integrations = new Map(
    resourcesOfType(assembly, 'AWS::ApiGatewayV2::Integration').map((i) => [i.logicalId, i]),
  );
  const routes = resourcesOfType(assembly, 'AWS::ApiGatewayV2::Route').map(({ properties, path }): HttpRoute => {
    const target = resolveText(properties['Target'], bindings, `${path}.Target`).replace('integrations/', '');
    const integration = integrations.get(target);
    const uri = resolveText(integration?.properties['IntegrationUri'], bindings, `${path}.IntegrationUri`);
    const functionName = /:function:([^:/]+)/.exec(uri)?.[1];
    if (functionName === undefined) throw new Error(`${path} routes to ${uri}, which is not a function.`);
    const timeoutMs = Number(integration?.properties['TimeoutInMillis'] ?? DEFAULT_TIMEOUT_MS);
    return { routeKey: String(properties['RouteKey']), functionName, timeoutMs };
  });
  return createRouter(routes);
}

async function answer(request: IncomingMessage, options: HttpApiOptions): Promise<HttpAnswer> {
  const body = await readBody(request, PAYLOAD_LIMIT_BYTES);
  options.meter.countCall('apiGateway', request.method ?? 'GET', chunks(body?.length ?? 0, BILLED_CHUNK_BYTES));
  if (!body) return gatewayAnswer(413, 'Request Entity Too Large');
  const router = await options.router;
  try {
    const match = router(request.method ?? 'GET', (request.url ?? '/').split('?')[0] ?? '/');
    if (!match) return gatewayAnswer(404, 'Not Found');
    const event = createHttpEvent({ request, body, match, nowMs: options.now() });
    options.onRequest(event);
    return await integrate(match.route, event, options);
  } catch (error) {
    if (error instanceof URIError) return gatewayAnswer(400, 'Bad Request');
    throw error;
  }
}

/** Calls the function. It keeps running after the gateway has timed out, as it does in Lambda. */
async function integrate(route: HttpRoute, event: unknown, { invoke }: HttpApiOptions): Promise<HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<HttpAnswer>((resolve) => {
    timer = setTimeout(() => resolve(gatewayAnswer(503, 'Service Unavailable')), route.timeoutMs);
  });
  const answered = invoke(route.functionName, event).then(toHttpAnswer, () =>
    gatewayAnswer(500, 'Internal Server Error'),
  );
  return Promise.race([answered, givenUp]).finally(() => clearTimeout(timer));
}

function write(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('apigw-requestid', randomUUID());
  response.setHeader('content-length', body.length);
  response.writeHead(status).end(body);
}
