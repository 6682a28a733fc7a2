// Other libraries as subjects, each with the messages of a profile that it verifies, and each with JSON.parse.
import { hash } from 'node:crypto';
import { createVerifier, httpbis } from 'http-message-signatures';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { KEY_ID, MESSAGE_SIGNING, secretText } from './keys.ts';
import { receiveDeliveries, receiveRequests } from './messages.ts';
import { makeAsyncSubject, makeSubject, type Subject } from './subject.ts';

/** Returns a subject for each library. */
export function peerSubjects(): readonly Subject[] {
  const whsec = `whsec_${Buffer.from(secretText).toString('base64')}`;
  return [
    standardWebhooks('standardwebhooks', new Webhook(whsec)),
    standardWebhooks('svix', new SvixWebhook(whsec)),
    stripe(),
    messageSignatures('hmac-sha256'),
    messageSignatures('ed25519'),
  ];
}

function standardWebhooks(name: string, peer: Webhook | SvixWebhook): Subject {
  return makeSubject(name, receiveDeliveries('standard-webhooks'), ({ headers, body }) => peer.verify(body, headers));
}

function stripe(): Subject {
  return makeSubject('stripe', receiveDeliveries('vouchersx'), ({ headers, body }) =>
    Stripe.webhooks.constructEvent(body, headers['x-signature'], secretText),
  );
}

/** The library verifies the signature base. Its caller must compare the digest of the body, so this subject does. */
function messageSignatures(algorithm: keyof typeof MESSAGE_SIGNING): Subject {
  const { signer, checkedWith } = MESSAGE_SIGNING[algorithm];
  // The library's types require a PEM, but Node accepts the key object too.
  const verify = createVerifier(checkedWith as unknown as string, algorithm);
  const config = {
    keyLookup: async () => ({ id: KEY_ID, algs: [algorithm], verify }),
    requiredParams: ['created', 'nonce', 'keyid', 'alg', 'tag'],
    requiredFields: ['@method', '@authority', '@path', '@query', 'content-digest'],
    maxAge: 300,
    all: true,
  };
  const name = `http-message-signatures ${algorithm}`;
  return makeAsyncSubject(name, receiveRequests(signer), async ({ method, path, headers, body }) => {
    const message = { method, url: `https://${headers['host']}${path}`, headers };
    if (!(await httpbis.verifyMessage(config, message))) throw new Error('The signature is wrong.');
    if (headers['content-digest'] !== `sha-256=:${hash('sha256', body, 'base64')}:`)
      throw new Error('The digest does not match the body.');
    return JSON.parse(body.toString('utf8'));
  });
}
