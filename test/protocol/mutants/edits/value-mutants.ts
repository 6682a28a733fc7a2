// Well-formed mutants: messages that were not signed, or that were signed with another key.
import { createHmac } from 'node:crypto';
import type { ReceivedRequest } from '../../../../lib/protocol/http-message.ts';
import { withHeaders } from '../../../support/protocol/claims.ts';
import type { Mutant } from '../mutant.ts';
import { contentOf, macOf, messageOf, type Parts, type Scheme, signatureOf } from '../subjects/delimited-scheme.ts';
import { encode } from './signature-texts.ts';

/** Returns well-formed mutants with another body or another signature. */
export function valueMutants(scheme: Scheme, good: Parts): readonly Mutant[] {
  const captured = [signatureOf(scheme, good)];
  const content = contentOf(scheme, good);
  const mac = macOf(scheme, content);
  const flipped = Buffer.from(mac);
  flipped.writeUInt8(mac.readUInt8(31) ^ 1, 31);
  const body = (bytes: Buffer | string) => messageOf(scheme, { ...good, body: Buffer.from(bytes) }, captured);
  const signature = (bytes: Uint8Array) => messageOf(scheme, good, [encode(scheme.encoding, bytes)]);
  const text = good.body.toString();
  const messages: Readonly<Record<string, ReceivedRequest>> = {
    'a line feed after the body': body(`${text}\n`),
    'a NUL after the body': body(`${text}\0`),
    'a byte order mark before the body': body(`\ufeff${text}`),
    'a space in the body': body(text.replace(':', ': ')),
    'the body removed': body(''),
    'the last byte of the body removed': body(good.body.subarray(0, -1)),
    'the body twice': body(text + text),
    'a bit of the signature': signature(flipped),
    'a signature of zeros': signature(Buffer.alloc(32)),
    'the hash without a key': signature(macOf(scheme, content, Buffer.alloc(0))),
    'signed with another secret': signature(macOf(scheme, content, Buffer.from('another'))),
    'signed with the secret and a line feed': signature(macOf(scheme, content, Buffer.from(`${scheme.secret}\n`))),
    'SHA-512, cut to 32 bytes': signature(createHmac('sha512', scheme.key).update(content).digest().subarray(0, 32)),
    'the signature of an empty content': signature(macOf(scheme, Buffer.alloc(0))),
  };
  return Object.entries(messages).map(([name, message]) => ({ kind: 'another value', name, message }));
}

/** Returns well-formed mutants with other header texts. */
export function otherValues(good: ReceivedRequest, headers: Readonly<Record<string, string>>): readonly Mutant[] {
  return Object.entries(headers).map(([name, text]) => ({
    kind: 'another value',
    name: `another ${name}`,
    message: withHeaders(good, { [name]: text }),
  }));
}
