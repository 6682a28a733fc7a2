// A server on 127.0.0.1 that answers only requests that are signed with its credentials.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Credentials } from './credentials.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from './loopback-server.ts';
import { type AwsRefusal, checkAccessKey, checkAwsSignature } from './signature-v4.ts';

/** A request that the owner of the credentials signed. */
export interface SignedCall {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

/** Answers a signed call. */
export type SignedCallListener = (call: SignedCall, response: ServerResponse) => Promise<void>;

/** The longest request of our services is a BatchWriteItem of 16 MB. Source: the API reference of BatchWriteItem. */
const BODY_LIMIT_BYTES = 17 * 1024 * 1024;

/**
 * Starts the server on a free port. It refuses another Host, so that a web page cannot reach it under a name of its own,
 * and a request without a good signature. Refusals look like those of AWS, and the listener does not see the request.
 */
export function listenGuarded(credentials: Credentials, listener: SignedCallListener): Promise<LoopbackServer> {
  return listenOnLoopback(0, (request, response) => {
    admit(request, response, credentials)
      .then((body) => body && listener({ request, body }, response))
      .catch(() => response.destroy());
  });
}

/** Returns the body of a signed request. Answers any other request and returns undefined. */
async function admit(request: IncomingMessage, response: ServerResponse, credentials: Credentials) {
  const { headers, method = '', url: target = '' } = request;
  if (!isOurHost(request)) return refuse(response, 403, hostRefusal(request));
  const unknown = checkAccessKey(headers, credentials);
  if (unknown) return refuse(response, 400, unknown);
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (!body) return refuse(response, 413, TOO_LARGE);
  const refusal = checkAwsSignature({ method, target, headers, body }, credentials);
  return refusal ? refuse(response, 400, refusal) : body;
}

const TOO_LARGE: AwsRefusal = {
  name: 'RequestEntityTooLargeException',
  message: `The request is larger than ${BODY_LIMIT_BYTES} bytes.`,
};

function ourHosts({ socket }: IncomingMessage): readonly string[] {
  return ['127.0.0.1', 'localhost'].map((name) => `${name}:${socket.localPort}`);
}

function isOurHost(request: IncomingMessage): boolean {
  return ourHosts(request).includes(request.headers.host ?? '');
}

function hostRefusal(request: IncomingMessage): AwsRefusal {
  const message = `This service has the names ${ourHosts(request).join(' and ')}. The request names another host.`;
  return { name: 'AccessDeniedException', message };
}

/** Closes the connection too, because the rest of the body may not have been read. */
function refuse(response: ServerResponse, status: number, { name, message }: AwsRefusal): undefined {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', connection: 'close' });
  response.end(JSON.stringify({ __type: name, message }));
}
