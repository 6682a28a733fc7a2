// The agent's signed polls, seen at the gateway: what the relay verified, shown to whoever watches the demo.
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ROUTES } from '../../api/routes.ts';
import { fromHttpEvent } from '../../aws/lambda/http-event.ts';
import { parseSignedRequest } from '../../protocol/signatures/parse-request.ts';

export interface SignedPoll {
  readonly signatureBase: string;
  /** The headers that carry the signature. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SignedPolls {
  /** Takes a request as the gateway hands it to its function. */
  read(event: unknown): void;
  /** The poll that came last. */
  newest(): SignedPoll | undefined;
}

const CARRIERS = ['content-digest', 'signature-input', 'signature'];

export function watchSignedPolls(): SignedPolls {
  let newest: SignedPoll | undefined;
  return {
    read(event) {
      const request = fromHttpEvent(event as APIGatewayProxyEventV2);
      const claim = request.path === ROUTES.pullJobs.path ? parseSignedRequest(request) : undefined;
      if (!claim?.ok) return;
      const headers = Object.fromEntries(CARRIERS.map((name) => [name, request.headers[name] ?? '']));
      newest = { signatureBase: Buffer.from(claim.value.signedContent).toString('utf8'), headers };
    },
    newest: () => newest,
  };
}
