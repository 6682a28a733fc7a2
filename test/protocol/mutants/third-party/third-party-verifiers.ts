// Libraries that verify one of our forms, with the same time and tolerance as our own verifier.
import { createVerifier, httpbis } from 'http-message-signatures';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { viewOf } from '../entry-points.ts';
import type { Subject } from '../mutant.ts';

/** A library's verifier. */
export interface Verifier {
  readonly name: string;
  /** Returns true when the message differs from the good one in a part that this verifier gets. */
  readonly sees: (message: ReceivedRequest) => boolean;
  readonly accepts: (message: ReceivedRequest) => Promise<boolean>;
}

/** Returns the libraries that verify the subject's profile. */
export function verifiersOf(subject: Subject): readonly Verifier[] {
  if (subject.profile === 'standard-webhooks') return [standardWebhooks(subject), svix(subject)];
  if (subject.profile === 'vouchersx') return [stripe(subject)];
  return subject.profile === 'rfc9421' ? [httpMessageSignatures(subject)] : [];
}

const seesHeadersAndBody =
  ({ good, reads }: Subject) =>
  (message: ReceivedRequest) =>
    viewOf(message, reads) !== viewOf(good, reads);

/** Returns true when the verifier accepts. A throw is a refusal. */
async function holds(verify: () => unknown): Promise<boolean> {
  try {
    return (await verify()) !== false;
  } catch {
    return false;
  }
}

/** This library and svix read the machine's clock, so the message must have been signed recently. */
function standardWebhooks(subject: Subject): Verifier {
  const webhook = new Webhook(subject.secret);
  return {
    name: 'standardwebhooks',
    sees: seesHeadersAndBody(subject),
    accepts: ({ headers, body }) =>
      holds(() => webhook.verify(Buffer.from(body), { ...headers }, { jsonParse: false })),
  };
}

function svix(subject: Subject): Verifier {
  const webhook = new SvixWebhook(subject.secret);
  return {
    name: 'svix',
    sees: seesHeadersAndBody(subject),
    accepts: ({ headers, body }) => holds(() => webhook.verify(Buffer.from(body), { ...headers })),
  };
}

function stripe(subject: Subject): Verifier {
  const { signature } = Stripe.webhooks;
  if (!signature) throw new Error('stripe has no verification of headers.');
  const [name = ''] = subject.reads;
  return {
    name: 'stripe',
    sees: seesHeadersAndBody(subject),
    accepts: ({ headers, body }) =>
      holds(() =>
        signature.verifyHeader(Buffer.from(body), headers[name] ?? '', subject.secret, 300, undefined, subject.nowMs),
      ),
  };
}

/** The library leaves the comparison of the body with its digest to its caller. This verifier does not compare it. */
function httpMessageSignatures({ algorithm, material, keyId, nowMs, good, reads }: Subject): Verifier {
  const verify = createVerifier(material, algorithm);
  const config: Parameters<typeof httpbis.verifyMessage>[0] = {
    keyLookup: async ({ keyid }) => (keyid === keyId ? { id: keyId, algs: [algorithm], verify } : null),
    maxAge: 300,
    notAfter: Math.floor(nowMs / 1000) + 300,
    requiredParams: ['created', 'nonce', 'keyid', 'alg', 'tag'],
    requiredFields: ['@method', '@authority', '@path', '@query', 'content-digest'],
  };
  const view = (message: ReceivedRequest) => JSON.stringify([targetOf(message), viewOf(message, reads)]);
  return {
    name: 'http-message-signatures',
    sees: (message) => view(message) !== view(good),
    accepts: (message) =>
      holds(async () => {
        const request = { ...targetOf(message), headers: { ...message.headers } };
        return (await httpbis.verifyMessage(config, request)) === true;
      }),
  };
}

function targetOf({ method, authority, path, query }: ReceivedRequest): { method: string; url: string } {
  return { method, url: `https://${authority}${path}${query === '' ? '' : `?${query}`}` };
}
