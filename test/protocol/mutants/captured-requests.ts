// Captured requests of every inbound profile, and what an attacker can send after capturing them.
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { ReceivedRequest } from '../../../lib/protocol/http-message.ts';
import type { InboundProfileId } from '../../../lib/protocol/profiles/profiles.ts';
import type { VerificationKey } from '../../../lib/protocol/signatures/verify-request.ts';
import { requestOf, withHeaders } from '../../support/protocol/claims.ts';
import { encode } from './edits/signature-texts.ts';
import { contentOf, goodParts, macOf, messageOf, type Scheme, signatureOf } from './subjects/delimited-scheme.ts';
import { baseOf, goodFields, KEY_ID, requestWith, SIGNERS, type Signer } from './subjects/message-signature.ts';
import { DAYLIGHT, LINK_PEELER, NITRO, VOUCHERSX } from './subjects/schemes.ts';

export const NOW_MS = 1_800_000_000_000;
const OTHER_SECRET = Buffer.from('the secret before the rotation');

/** A captured request, and changed versions of it. */
export interface Captured {
  readonly name: string;
  readonly profile: InboundProfileId;
  readonly request: ReceivedRequest;
  readonly key: VerificationKey;
  /** Accepted versions with the same one-time value, so that they are replays. */
  readonly same: Readonly<Record<string, ReceivedRequest>>;
  /** Versions whose signature is refused. */
  readonly refused: Readonly<Record<string, ReceivedRequest>>;
}

/** Returns the same headers and body, sent to another target. */
function elsewhere(request: ReceivedRequest): Readonly<Record<string, ReceivedRequest>> {
  return {
    'against another route': { ...request, path: '/api/links/cancel' },
    'with another method': { ...request, method: 'DELETE' },
    'with another query': { ...request, query: 'again=1' },
    'against another host of the gateway': {
      ...request,
      authority: 'other.example',
      gatewayAuthority: 'other.example',
    },
  };
}

/** Returns changes of the parts that no delimited scheme signs. Such a request is accepted only in place of the first. */
function unsignedChanges(request: ReceivedRequest): Readonly<Record<string, ReceivedRequest>> {
  return {
    unchanged: requestOf(request),
    ...elsewhere(request),
    'with another content type': withHeaders(request, { 'content-type': 'text/plain' }),
    'with an additional header': withHeaders(request, { 'x-again': '1' }),
  };
}

/** Returns the HMAC keys of both active secrets. */
export function material(own: Buffer): readonly KeyObject[] {
  return [createSecretKey(own), createSecretKey(OTHER_SECRET)];
}

type Outcomes = Pick<Captured, 'same' | 'refused'>;

/** Returns a captured request of a delimited scheme. `outcomes` returns the versions that are special to the scheme. */
function delimited(
  scheme: Scheme & { readonly profile: InboundProfileId },
  outcomes: (writer: Writer) => Outcomes,
): Captured {
  const parts = goodParts(scheme, NOW_MS);
  const writer: Writer = {
    parts,
    right: signatureOf(scheme, parts),
    older: signatureOf(scheme, parts, OTHER_SECRET),
    bytes: macOf(scheme, contentOf(scheme, parts)),
    message: (...signatures) => messageOf(scheme, parts, signatures),
  };
  const request = writer.message(writer.right);
  const { same, refused } = outcomes(writer);
  return {
    name: scheme.profile,
    profile: scheme.profile,
    request,
    key: { keyId: parts.keyId, profile: scheme.profile, algorithm: 'hmac-sha256', material: material(scheme.key) },
    same: {
      ...unsignedChanges(request),
      'signed again with the other active secret': writer.message(writer.older),
      ...same,
    },
    refused: {
      'with a time one unit later': messageOf(scheme, { ...parts, timestamp: `${Number(parts.timestamp) + 1}` }, [
        writer.right,
      ]),
      'with another key id': messageOf(scheme, { ...parts, keyId: 'partner-2' }, [writer.right]),
      'without its signature': writer.message(),
      'with another body': messageOf(scheme, { ...parts, body: Buffer.from('{}') }, [writer.right]),
      ...refused,
    },
  };
}

interface Writer {
  readonly parts: ReturnType<typeof goodParts>;
  /** The right signature. */
  readonly right: string;
  /** The right signature with the older secret. */
  readonly older: string;
  readonly bytes: Buffer;
  readonly message: (...signatures: readonly string[]) => ReceivedRequest;
}

const mixed = (hex: string) => hex.replace(/[a-f]/g, (letter, at: number) => (at % 2 ? letter.toUpperCase() : letter));

/** The versions of a scheme with the signature in hex in its own header. */
const oneHex =
  (header: string) =>
  ({ message, right, older }: Writer): Outcomes => ({
    same: {},
    refused: {
      'with the hex in upper case': message(right.toUpperCase()),
      'with the hex in mixed case': message(mixed(right)),
      'with the signature doubled by the gateway': message(`${right},${right}`),
      'with the signature doubled by the gateway, and a space': message(`${right}, ${right}`),
      'with the other signature after it': message(`${right} ${older}`),
      'with v1 before the signature': message(`v1=${right}`),
      'with its header sent twice': withHeaders(message(right), { [header]: `${right},${older}` }),
    },
  });

const linkPeeler = delimited({ ...LINK_PEELER, profile: 'link-peeler' }, oneHex('x-link-peeler-signature'));
const nitro = delimited({ ...NITRO, profile: 'nitro' }, oneHex('x-signature'));

const vouchersx = delimited({ ...VOUCHERSX, profile: 'vouchersx' }, ({ message, right, older, parts }) => ({
  same: {
    'with the hex in upper case': message(right.toUpperCase()),
    'with the hex in mixed case': message(mixed(right)),
    'with a v1 added': message(right, older),
    'with the v1 reordered': message(older, right),
    'with the v1 doubled': message(right, right),
    'with the v1 doubled in the other case': message(right, right.toUpperCase()),
    'with only the v1 of the older secret': message(older),
    'with a wrong v1 before it': message('0'.repeat(64), right),
    'with eight v1': message(...Array.from({ length: 8 }, () => right)),
  },
  refused: {
    'with nine v1': message(...Array.from({ length: 9 }, () => right)),
    'with its header sent twice': withHeaders(message(right), {
      'x-signature': `t=${parts.timestamp},v1=${right},t=${parts.timestamp},v1=${right}`,
    }),
    'with the fields reordered': withHeaders(message(right), { 'x-signature': `v1=${right},t=${parts.timestamp}` }),
    'with a space after the comma': withHeaders(message(right), { 'x-signature': `t=${parts.timestamp}, v1=${right}` }),
  },
}));

const daylight = delimited({ ...DAYLIGHT, profile: 'daylight' }, ({ message, right, older, bytes, parts }) => ({
  same: {},
  refused: {
    'with the v1 doubled': message(right, right),
    'with a v1 added': message(right, older),
    'with the v1 reordered': message(older, right),
    'with padding': message(`${right}=`),
    'with the other alphabet': message(encode('base64', bytes)),
    'with hex': message(encode('hex', bytes)),
    'with the case changed': message(right.toLowerCase()),
    'with the fields reordered': withHeaders(message(right), {
      'daylight-signature': `v1=${right},t=${parts.timestamp}`,
    }),
  },
}));

function messageSignature(signer: Signer): Captured {
  const fields = goodFields(signer, NOW_MS);
  const signature = signer.signBytes(baseOf(fields));
  const request = requestWith(fields, signature);
  const edit = (name: string, from: string, to: string) => {
    const text = request.headers[name] ?? '';
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    return withHeaders(request, { [name]: text.replace(from, to) });
  };
  const { algorithm } = signer;
  const hmac = algorithm === 'hmac-sha256';
  const resigned = requestWith(fields, macOf(LINK_PEELER, baseOf(fields), OTHER_SECRET));
  return {
    name: `rfc9421 with ${algorithm}`,
    profile: 'rfc9421',
    request,
    key: {
      keyId: KEY_ID,
      profile: 'rfc9421',
      algorithm,
      material: hmac ? [signer.material, createSecretKey(OTHER_SECRET)] : [signer.material],
    },
    same: {
      unchanged: requestOf(request),
      'under another label': requestWith({ ...fields, label: 'again' }, signature),
      'with spaces in the field': edit('signature-input', ';nonce', '; nonce'),
      'with an additional header': withHeaders(request, { 'x-again': '1' }),
      'with a signature of another tag next to it': withHeaders(request, {
        'signature-input': `proxy=("@method");tag="proxy", ${request.headers['signature-input']}`,
        signature: `proxy=:AAAA:, ${request.headers['signature']}`,
      }),
      // An ed25519 key has only one public key, so it has no other active secret.
      ...(hmac ? { 'signed again with the other active secret': resigned } : {}),
    },
    refused: {
      ...elsewhere(request),
      'with another content type, which is covered': withHeaders(request, { 'content-type': 'text/plain' }),
      'with another nonce': edit('signature-input', 'nonce-', 'nonce_'),
      'with another time': edit('signature-input', 'created=1800000000', 'created=1800000001'),
      'with another key id': edit('signature-input', KEY_ID, 'key-2'),
      'with the components in another order': edit(
        'signature-input',
        '"@method" "@authority"',
        '"@authority" "@method"',
      ),
      'with the signature doubled': withHeaders(request, {
        signature: `${request.headers['signature']}, ${request.headers['signature']}`,
      }),
      'with both fields doubled': withHeaders(request, {
        'signature-input': `${request.headers['signature-input']}, ${request.headers['signature-input']}`,
        signature: `${request.headers['signature']}, ${request.headers['signature']}`,
      }),
      'without its signature': withHeaders(request, { signature: '' }),
      'with the signature in hex': withHeaders(request, { signature: `sig=:${signature.toString('hex')}:` }),
      'with the signature without padding': edit('signature', '=:', ':'),
    },
  };
}

export const CAPTURED: readonly Captured[] = [...SIGNERS.map(messageSignature), linkPeeler, vouchersx, daylight, nitro];
