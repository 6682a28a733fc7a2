// The agent's signed polls, observed at the gateway, so that the demo can show what the relay verifies.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ROUTES } from '../../api/routes.ts';
import { fromHttpEvent } from '../../aws/lambda/http-event.ts';
import { parseSignedRequest } from '../../protocol/signatures/parse-request.ts';

/** One poll. */
export interface SignedPoll {
  readonly signatureBase: string;
  /** The headers that carry the signature. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The polls that were observed. */
export interface SignedPolls {
  /** Reads a request in the form that the gateway passes to its function. */
  read(event: unknown): void;
  /** Returns the newest poll, if there was one. */
  newest(): SignedPoll | undefined;
}

const SIGNATURE_HEADERS = ['content-digest', 'signature-input', 'signature'];

/** Returns a watcher that has seen no poll. */
export function watchSignedPolls(): SignedPolls {
  let newest: SignedPoll | undefined;
  return {
    read(event) {
      const request = fromHttpEvent(event as APIGatewayProxyEventV2);
      const claim = request.path === ROUTES.pullJobs.path ? parseSignedRequest(request) : undefined;
      if (!claim?.ok) return;
      const headers = Object.fromEntries(SIGNATURE_HEADERS.map((name) => [name, request.headers[name] ?? '']));
      newest = { signatureBase: Buffer.from(claim.value.signedContent).toString('utf8'), headers };
    },
    newest: () => newest,
  };
}
