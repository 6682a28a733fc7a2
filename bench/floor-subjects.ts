// The floor: the minimum work of any HMAC verification of a JSON message. Everything else is done before.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { secretKey } from './keys.ts';
import { receiveDeliveries } from './messages.ts';
import { makeSubject, type Subject } from './subject.ts';

/** The subject to which the others are compared. */
export const FLOOR = 'bare HMAC + JSON.parse';

/** Returns the floor, with and without the parsing of the body. */
export function floorSubjects(): readonly Subject[] {
  const messages = receiveDeliveries('tolinku').map(({ headers, body }) => ({
    body,
    signature: Buffer.from(headers['x-webhook-signature'], 'hex'),
  }));
  return [
    makeSubject(FLOOR, messages, ({ body, signature }) => {
      compare(body, signature);
      return JSON.parse(body.toString('utf8'));
    }),
    makeSubject('bare HMAC', messages, ({ body, signature }) => compare(body, signature)),
  ];
}

function compare(body: Buffer, signature: Buffer) {
  const expected = createHmac('sha256', secretKey).update(body).digest();
  if (!timingSafeEqual(expected, signature)) throw new Error('The signature is wrong.');
}
