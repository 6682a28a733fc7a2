// The messages of the benchmark: many different bodies of 1 KB, signed at the start of the run, in the form as received.
import { hash, randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { fromHttpEvent } from '../lib/aws/lambda/http-event.ts';
import type { OutboundProfileId } from '../lib/protocol/profiles/profiles.ts';
import { type RequestSigner, signRequest } from '../lib/protocol/signatures/sign-request.ts';
import { signWebhook } from '../lib/protocol/signatures/webhook.ts';
import { KEY_ID, secretKey } from './keys.ts';

const MESSAGES = 256;
const BODY_BYTES = 1024;

/** Different bodies in the shape of a submission. */
const bodies = Array.from({ length: MESSAGES }, (_, index) => {
  const missing = BODY_BYTES - JSON.stringify(makeJob(index, '')).length;
  return JSON.stringify(makeJob(index, 'x'.repeat(missing)));
});

function makeJob(index: number, note: string) {
  const click = hash('sha256', `click ${index}`);
  return {
    idempotencyKey: `order-${index}-${click.slice(0, 16)}`,
    trackingUrl: `https://click.partner.example/c/${click}?campaign=${index}&placement=footer`,
    source: 'newsletter',
    rowId: `row-${index}`,
    expectedDomain: 'shop.example',
    context: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)', referer: 'https://news.example/', acceptLanguage: 'en' },
    metadata: { campaign: index, weights: [1, 2.5, index], tested: true, parent: null, note },
  };
}

/** Returns signed requests as our code receives them: events parsed from text, with the headers that a gateway adds. */
export function receiveRequests(signer: RequestSigner) {
  return bodies.map((text) => {
    const request = {
      method: 'POST',
      authority: AUTHORITY,
      path: PATH,
      query: '',
      headers: {},
      body: Buffer.from(text),
    };
    const moment = { timestampMs: Date.now(), nonce: randomBytes(16).toString('base64url') };
    const event: APIGatewayProxyEventV2 = parsedAgain({
      rawPath: PATH,
      rawQueryString: '',
      headers: { ...GATEWAY_HEADERS, ...signRequest(signer, request, moment).headers },
      requestContext: { requestId: 'request-1', domainName: AUTHORITY, http: { method: 'POST' } },
      body: text,
      isBase64Encoded: false,
    });
    return { ...fromHttpEvent(event), body: Buffer.from(text) };
  });
}

const AUTHORITY = 'relay.example';
const PATH = '/api/links/fetch';
const GATEWAY_HEADERS = {
  accept: '*/*',
  'content-length': `${BODY_BYTES}`,
  'content-type': 'application/json',
  host: AUTHORITY,
  'user-agent': 'partner/1.0',
  'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678',
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
};

/** Returns signed deliveries as their consumer receives them. */
export function receiveDeliveries(profile: OutboundProfileId) {
  return bodies.map((text, index) => {
    const body = Buffer.from(text);
    const message = { id: `evt_${index}`, type: 'link.resolved', timestampMs: Date.now(), body, keyId: KEY_ID };
    return { headers: parsedAgain(signWebhook(profile, message, [secretKey])), body };
  });
}

/** Returns a copy that was parsed from text. A text that was concatenated in memory is slower at its first read. */
function parsedAgain(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}
