// The openssl program computes every vector again. The signed content is built here from the documents of the profiles,
// not by our code. Malformed vectors are left out, because they have nothing to compute.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type DelimitedProfileId, PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import type { Rfc9421Input } from '../../support/protocol/inbound-rows.ts';
import { type DelimitedMessage, delimitedVectors } from '../../support/protocol/vector-messages.ts';
import { readVectors } from '../../vectors/read-vectors.ts';
import { HAS_OPENSSL, orSkipped } from '../oracles/command-line.ts';

if (!HAS_OPENSSL) console.warn('Skipped: the vectors in openssl, because there is no openssl 3 on this machine.');

const folder = mkdtempSync(join(tmpdir(), 'signet-vectors-openssl-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Computation {
  readonly key: Buffer;
  readonly content: Buffer;
}

/** Returns the MAC of each computation in hex. It runs one process for each key. */
function computeMacs(computations: readonly Computation[]): string[] {
  const macs: string[] = [];
  const byKey = Map.groupBy(computations.entries(), ([, { key }]) => key.toString('hex'));
  for (const [hexKey, entries] of byKey) {
    for (const [at, { content }] of entries) writeFileSync(join(folder, `${at}`), content);
    const files = entries.map(([at]) => `${at}`);
    const key = ['-mac', 'HMAC', '-macopt', `hexkey:${hexKey}`];
    const lines = execFileSync('openssl', ['dgst', '-sha256', '-r', ...key, ...files], {
      cwd: folder,
      encoding: 'utf8',
    });
    for (const [, mac = '', at] of lines.matchAll(/^([0-9a-f]{64}) \*(\d+)$/gm)) macs[Number(at)] = mac;
  }
  return macs;
}

/** What a profile signs, and where its signatures are. */
interface Facts {
  readonly before: (headers: Readonly<Record<string, string>>) => string;
  readonly signatures: (headers: Readonly<Record<string, string>>) => readonly string[];
  readonly encoding: 'hex' | 'base64' | 'base64url';
  readonly key?: (secret: string) => Buffer;
}

const timeOf = (text = '') => /^t=(\d+),/.exec(text)?.[1];
const listOf = (text = '') => [...text.matchAll(/v1=([^,]*)/g)].map(([, signature = '']) => signature);

const FACTS: Readonly<Record<DelimitedProfileId, Facts>> = {
  'link-peeler': {
    before: (headers) => `${headers['x-link-peeler-timestamp']}.${headers['x-link-peeler-nonce']}.`,
    signatures: (headers) => [headers['x-link-peeler-signature'] ?? ''],
    encoding: 'hex',
  },
  vouchersx: {
    before: (headers) => `${timeOf(headers['x-signature'])}.`,
    signatures: (headers) => listOf(headers['x-signature']),
    encoding: 'hex',
  },
  daylight: {
    before: (headers) => `${timeOf(headers['daylight-signature'])}.`,
    signatures: (headers) => listOf(headers['daylight-signature']),
    encoding: 'base64url',
  },
  nitro: {
    before: (headers) => `${headers['x-timestamp']}`,
    signatures: (headers) => [headers['x-signature'] ?? ''],
    encoding: 'hex',
  },
  tolinku: {
    before: () => '',
    signatures: (headers) => [headers['x-webhook-signature'] ?? ''],
    encoding: 'hex',
  },
  'standard-webhooks': {
    before: (headers) => `${headers['webhook-id']}.${headers['webhook-timestamp']}.`,
    signatures: (headers) => (headers['webhook-signature'] ?? '').split(' ').map((item) => item.replace(/^v1,/, '')),
    encoding: 'base64',
    key: (secret) => Buffer.from(secret.replace('whsec_', ''), 'base64'),
  },
};

const isWellFormed = ({ problem = 'none' }: { problem?: string }) => !/malformed|missing/.test(problem);
const DELIMITED = Object.keys(FACTS) as DelimitedProfileId[];

test('the facts cover every profile', () => {
  expect([...DELIMITED, 'rfc9421'].sort()).toEqual(Object.keys(PROFILES).sort());
});

describe.skipIf(!HAS_OPENSSL)(`openssl${orSkipped(HAS_OPENSSL, 'openssl 3')}`, () => {
  test.each(DELIMITED)('computes one of the signatures of %s exactly for the vectors with a right one', (profile) => {
    const { before, signatures, encoding, key = Buffer.from } = FACTS[profile];
    const vectors = delimitedVectors(profile).filter(isWellFormed);
    const computation = ({ headers, body, active: [secret = ''] }: DelimitedMessage) => ({
      key: key(secret),
      content: Buffer.concat([Buffer.from(before(headers)), body]),
    });
    const macs = computeMacs(vectors.map(({ input }) => computation(input)));
    const found = vectors.map(({ comment, input: { headers } }, at) => {
      const sent = signatures(headers).map((text) => Buffer.from(text, encoding).toString('hex'));
      return [comment, sent.includes(macs[at] ?? 'none')];
    });
    expect(found).toEqual(vectors.map(({ comment, problem }) => [comment, problem !== 'signature_invalid']));
  });

  describe('rfc9421', () => {
    const vectors = readVectors<Rfc9421Input>('signet-rfc9421.json').tests.filter(isWellFormed);
    const only = (algorithm: string) => vectors.filter(({ input }) => input.algorithm === algorithm);

    /** Returns whether openssl must accept the signature. A vector with a wrong digest has a right signature. */
    const expected = ({ problem, flags }: (typeof vectors)[number]) =>
      problem !== 'signature_invalid' || flags.includes('Digest');

    /** Returns the signature base as a verifier builds it from the received request, with the signed components. */
    function receivedBase({ base, method, authority, path, query, headers }: Rfc9421Input): Buffer {
      const last = base.split('\n').find((line) => line.startsWith('"@signature-params": ')) ?? '';
      const [, list = ''] = /\(([^)]*)\)/.exec(last) ?? [];
      const values = { '@method': method, '@authority': authority, '@path': path, '@query': `?${query}`, ...headers };
      const lines = list.split(' ').map((name) => `${name}: ${values[name.slice(1, -1) as '@path']}`);
      return Buffer.from([...lines, last].join('\n'));
    }
    const signatureOf = ({ headers }: Rfc9421Input) =>
      Buffer.from(/:([A-Za-z0-9+/=]{5,}):$/.exec(headers['signature'] ?? '')?.[1] ?? '', 'base64');

    test('with hmac-sha256: computes the signature exactly for the vectors with a right one', () => {
      const some = only('hmac-sha256');
      const macs = computeMacs(
        some.map(({ input }) => ({ key: Buffer.from(input.secret ?? ''), content: receivedBase(input) })),
      );
      const found = some.map(({ comment, input }, at) => [comment, signatureOf(input).toString('hex') === macs[at]]);
      expect(found).toEqual(some.map((vector) => [vector.comment, expected(vector)]));
    });

    test('with ed25519: verifies the signature exactly for the vectors with a right one', () => {
      const command = 'pkeyutl -verify -pubin -keyform DER -inkey key -rawin -in base -sigfile signature'.split(' ');
      const verified = only('ed25519').map(({ comment, input }) => {
        const key = Buffer.from(
          `302a300506032b6570032100${Buffer.from(input.publicKey ?? '', 'base64url').toString('hex')}`,
          'hex',
        );
        for (const [name, bytes] of Object.entries({ key, base: receivedBase(input), signature: signatureOf(input) }))
          writeFileSync(join(folder, name), bytes);
        return [comment, spawnSync('openssl', command, { cwd: folder }).status === 0];
      });
      expect(verified).toEqual(only('ed25519').map((vector) => [vector.comment, expected(vector)]));
    });
  });
});
