// The floor: the least that any HMAC verification of a JSON message must do, with everything else done beforehand.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { secretKey } from './keys.ts';
import { receiveDeliveries } from './messages.ts';
import { makeSubject, type Subject } from './subject.ts';

/** What ratios are taken to. */
export const FLOOR = 'bare HMAC + JSON.parse';

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
  if (!timingSafeEqual(expected, signature)) throw new Error('not signed');
}
