// The tables and grammars of the wire document agree with the code, in both directions.

import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../lib/api/limits.ts';
import { PROBLEMS, type ProblemCode } from '../../lib/api/problems.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { SUSPICIONS } from '../../lib/protocol/diagnosis/suspicions.ts';
import { ENCODINGS } from '../../lib/protocol/encoding.ts';
import { KEY_ID, MESSAGE_ID, NONCE } from '../../lib/protocol/grammar.ts';
import { separateHeaders } from '../../lib/protocol/headers/header-codec.ts';
import { isPlainPath } from '../../lib/protocol/http-message.ts';
import type { AuthCheck, ProblemDocument } from '../../lib/protocol/messages.ts';
import {
  claimsReads,
  type DelimitedProfile,
  INBOUND_PROFILES,
  type InboundProfileId,
  OUTBOUND_PROFILES,
  type OutboundProfileId,
  PROFILES,
  type Profile,
} from '../../lib/protocol/profiles/profiles.ts';
import { parseTimestamp } from '../../lib/protocol/profiles/signing-time.ts';
import { readDelimited } from '../../lib/protocol/signatures/delimited-signature.ts';
import { signWebhook, verifyWebhook } from '../../lib/protocol/signatures/webhook.ts';
import { TUNING } from '../../lib/relay/model/tuning.ts';
import { formatUnprotectedTable } from '../protocol/profiles/unprotected.ts';
import { quoted, section, tablesUnder } from './wire-document.ts';
import { slips } from './wire-slips.ts';
import { formatSuspicionTable } from './wire-suspicions.ts';

const KEY_BYTES = { utf8: 'UTF-8 of the secret', base64_after_whsec: 'the bytes after `whsec_`, decoded from base64' };
const NONE = '–';
const rows = Object.entries<Profile>(PROFILES);

function signingRow(id: string, profile: Profile): string[] {
  const { directions, several, secretPrefix } = profile;
  const isDelimited = profile.form === 'delimited';
  return [
    `\`${id}\``,
    directions.join(', '),
    isDelimited
      ? `\`${profile.parts.join(profile.separator ? ` "${profile.separator}" ` : ' ')}\``
      : 'the signature base',
    isDelimited ? KEY_BYTES[profile.keyBytes] : 'UTF-8 of the secret, or an Ed25519 key',
    isDelimited ? ENCODINGS[profile.encoding].description : 'structured fields',
    several,
    `\`${secretPrefix}\``,
  ];
}

/** Returns the headers with placeholders. A list profile shows two signatures. */
function headersOf({ headerCodec, several }: DelimitedProfile): string {
  const signatures = several === 'list' ? ['<signature>', '<signature>'] : ['<signature>'];
  const written = headerCodec.write({ id: '<id>', timestamp: '<timestamp>', nonce: '<nonce>', signatures });
  return Object.entries(written)
    .map(([name, value]) => `\`${name}: ${value}\``)
    .join(' ');
}

function headerCodecRow(id: string, profile: Profile): string[] {
  const { clock, oneTimeValue, directions } = profile;
  const claims = directions.includes('in') ? claimsReads(id as InboundProfileId) : undefined;
  const headers =
    profile.form === 'delimited'
      ? [
          directions.includes('in') ? `\`${profile.keyIdHeader}\`` : NONE,
          profile.deliveriesNameKey ? `\`${profile.keyIdHeader}\`` : NONE,
          headersOf(profile),
        ]
      : ['`keyid` in `signature-input`', NONE, '`content-digest` `signature-input` `signature`'];
  return [
    `\`${id}\``,
    ...headers,
    clock ? `${clock.unit}, ±${clock.toleranceMs / 1000} s` : NONE,
    oneTimeValue,
    claims === undefined ? NONE : claims ? 'yes' : 'no',
  ];
}

const SENT_AT_MS = 1_800_000_000_000;
const KEY = createSecretKey('secret', 'utf8');

function deliveryOf(id: OutboundProfileId) {
  const body = Buffer.from('{}');
  const message = { id: 'evt_1', type: 'link.resolved', timestampMs: SENT_AT_MS, body, keyId: 'we_1' };
  return { headers: signWebhook(id, message, [KEY]), body };
}

/** Returns true when a delivery with another text in this header is refused. */
function isSigned(id: OutboundProfileId, name: string): boolean {
  const { headers, body } = deliveryOf(id);
  const changed = { ...headers, [name]: headers[name]?.replace(/.$/, '2') ?? '' };
  return !verifyWebhook(id, { headers: changed, body }, [KEY], SENT_AT_MS).ok;
}

describe('the tables of the wire document', () => {
  test('list every profile with its signed content', () => {
    expect(tablesUnder('Profiles')).toEqual([rows.map(([id, profile]) => signingRow(id, profile))]);
  });

  test('list every profile with its headers, its clock and its one-time value', () => {
    expect(tablesUnder('Headers, time, one-time values')).toEqual([
      rows.map(([id, profile]) => headerCodecRow(id, profile)),
    ]);
  });

  test('list every credential header with the profiles that share it', () => {
    const families = Map.groupBy(INBOUND_PROFILES, (id) => (PROFILES[id] as { keyIdHeader?: string }).keyIdHeader);
    const expected = [...families].map(([header, ids]) => ({
      header: header ?? 'signature-input',
      ids: [...ids],
      distinguishedBy:
        ids.length > 1 ? ids.map((id) => (PROFILES[id] as DelimitedProfile).headerCodec.signatureHeader) : [],
    }));
    const documented = tablesUnder('Credential families')[0]?.map(([header, ids, distinguishedBy]) => ({
      header: quoted(header)[0],
      ids: quoted(ids),
      distinguishedBy: quoted(distinguishedBy),
    }));
    expect(documented).toEqual(expected);
  });

  test('describe each kind of one-time value', () => {
    const described = tablesUnder('Replay')[0]?.map(([kind]) => kind);
    expect(described?.toSorted()).toEqual([...new Set(rows.map(([, { oneTimeValue }]) => oneTimeValue))].toSorted());
  });

  test('list the headers of every delivery, and the profiles that sign each', () => {
    const signers = (name: string) => OUTBOUND_PROFILES.filter((id) => isSigned(id, name)).map((id) => `by ${id}`);
    const [first = {}, ...others] = OUTBOUND_PROFILES.map((id) => deliveryOf(id).headers);
    const common = Object.keys(first).filter((name) => others.every((headers) => name in headers));
    const documented = tablesUnder('Deliveries')[0]?.map(([name, , signed]) => [quoted(name)[0], signed]);
    expect(documented).toEqual(common.map((name) => [name, signers(name).join(', ') || 'never']));
  });

  test('name existing problems, with their status, in the order of the checks', () => {
    const steps = tablesUnder('How a request is verified')[0] ?? [];
    expect(steps.map(([step]) => step)).toEqual(steps.map((_, index) => String(index + 1)));
    const named = steps.flatMap(([, , refusal = '']) => [...refusal.matchAll(/`(\w+)` (\d{3})/g)]);
    expect(named).toHaveLength(12);
    for (const [, code, status] of named) expect(PROBLEMS[code as ProblemCode]?.status).toBe(Number(status));
  });

  test('list the parts that the flip sweeps found to be unprotected', () => {
    expect(section('What this scheme does not protect')).toContain(`\n${formatUnprotectedTable().trim()}\n`);
  });
});

describe('the section on a signature that does not fit', () => {
  const text = section('When a signature does not fit');

  // If this fails, write the table again: node test/docs/wire-suspicions.ts
  test('lists every suspicion of the code, and no other', () => {
    expect(text).toContain(`\n\n${formatSuspicionTable()}`);
    expect(tablesUnder('When a signature does not fit')[1]).toHaveLength(Object.keys(SUSPICIONS).length);
  });

  test('states the limits of the relay’s diagnosis', () => {
    const { diagnosedBodyBytes, diagnosesPerMinute, shownContentBytes } = LIMITS;
    const { diagnosedKeys } = TUNING;
    expect(text).toContain(
      `up to ${diagnosedBodyBytes / 1024} KiB, ${diagnosesPerMinute} times a minute for each key id`,
    );
    expect(text).toContain(`for ${diagnosedKeys} key ids a minute`);
    expect(text).toContain(`its first ${shownContentBytes / 1024} KiB`);
  });

  test('names the route of the dry run, the fields of its answer, and the members of a refusal', () => {
    const { method, path } = ROUTES.checkAuth;
    expect(text).toContain(`\`${method} ${path}\``);
    const fields = ['keyId', 'profile', 'algorithm', 'clockOffsetSeconds', 'saw', 'signedContent'] as const;
    for (const name of fields satisfies readonly (keyof AuthCheck)[]) expect(text).toContain(`\`${name}\``);
    const members = ['detail', 'clockOffsetSeconds', 'saw', 'suspicion', 'signedContent'] as const;
    const documented = tablesUnder('When a signature does not fit')[0]?.map(([name]) => quoted(name)[0]);
    expect(documented).toEqual(members satisfies readonly (keyof ProblemDocument)[]);
  });
});

const grammars = new Map(
  tablesUnder('Grammars')[0]?.map(([value = '', expression]) => [
    value.replaceAll('`', ''),
    new RegExp(quoted(expression)[0] ?? ''),
  ]),
);

/** Generates texts that match the grammar, and texts that differ from such a text in one or two places. */
const nearTo = (form: RegExp) => fc.tuple(fc.stringMatching(form), slips).map(([text, slipIn]) => slipIn(text));

const clock = (unit: 's' | 'ms') => (text: string) => parseTimestamp({ unit, toleranceMs: 0 }, text).ok;
const mac = (name: keyof typeof ENCODINGS) => (text: string) => ENCODINGS[name].decode(text)?.length === 32;
const header = (id: 'vouchersx' | 'daylight' | 'standard-webhooks', name: string) => (text: string) =>
  readDelimited(PROFILES[id], {
    headers: { 'webhook-id': 'id', 'webhook-timestamp': '1800000000', [name]: text },
    body: Buffer.alloc(0),
  }).ok;

const ACCEPTS: Readonly<Record<string, (text: string) => boolean>> = {
  'key id': (text) => KEY_ID.test(text),
  nonce: (text) => NONCE.test(text),
  'message id': (text) => MESSAGE_ID.test(text),
  path: isPlainPath,
  'timestamp, s': clock('s'),
  'timestamp, ms': clock('ms'),
  'lower-case hex': mac('hex'),
  hex: mac('hex_either_case'),
  'padded base64': mac('base64'),
  'base64url without padding': mac('base64url'),
  'x-signature of vouchersx': header('vouchersx', 'x-signature'),
  'daylight-signature': header('daylight', 'daylight-signature'),
  'webhook-signature': header('standard-webhooks', 'webhook-signature'),
};

describe('the grammars of the wire document', () => {
  test('are exactly the grammars of the code', () => {
    expect([...grammars.keys()]).toEqual(Object.keys(ACCEPTS));
    for (const { description } of Object.values(ENCODINGS)) expect(ACCEPTS).toHaveProperty([description]);
  });

  test.each([...grammars])('%s: the code accepts exactly the texts that match the expression', (name, form) => {
    let fitting = 0;
    fc.assert(
      fc.property(nearTo(form), (text) => {
        fitting += form.test(text) ? 1 : 0;
        expect(ACCEPTS[name]?.(text)).toBe(form.test(text));
      }),
      { numRuns: 400 },
    );
    expect(fitting).toBeGreaterThan(20);
    expect(fitting).toBeLessThan(400);
  });

  test('accept eight signatures under vouchersx, and refuse nine', () => {
    const many = (count: number) => `t=1800000000${`,v1=${'0'.repeat(64)}`.repeat(count)}`;
    const accepted = [0, 1, 8, 9].map((count) => ACCEPTS['x-signature of vouchersx']?.(many(count)));
    expect(accepted).toEqual([false, true, true, false]);
  });

  test('refuse a comma in a header with a single signature', () => {
    const { headerCodec }: DelimitedProfile = { ...PROFILES.nitro, headerCodec: separateHeaders({ signature: 'x' }) };
    expect(headerCodec.read({ x: 'a' }).ok).toBe(true);
    expect(headerCodec.read({ x: 'a,a' }).ok).toBe(false);
  });
});
