// The agent's evidence of any link verifies at the relay, and no change of its bytes does.
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveLink } from '../../../agent/link/resolve-link.ts';
import { resolveJob } from '../../../agent/poll/resolve-job.ts';
import { createAddressPolicy } from '../../../lib/net/address-policy.ts';
import type { Answer, ExchangeResult } from '../../../lib/net/exchange.ts';
import { EVIDENCE_LIMIT_BYTES } from '../../../lib/protocol/evidence/evidence.ts';
import { verifyEvidence } from '../../../lib/relay/leasing/evidence-check.ts';
import { leasedJob } from '../../support/agent/fake-relay.ts';
import { anyText } from '../../support/any-text.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const addresses = createAddressPolicy({ allowCidrs: [] });
const rules = { agentId: 'agent_1', publicKey, addresses };
const identity = {
  privateKey,
  publicKey: 'x',
  enrollment: { relayUrl: 'r', agentId: 'agent_1', accountId: 'acc', pool: 'p', labels: [] },
};

/** Any characters that Node's HTTP client may give in a header: Latin-1 without C0 and DEL, but with C1. */
const headerText = fc
  .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: 90 })
  .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 0x7f)));
const phase = fc.option(fc.double({ min: 0, max: 15_000, noNaN: true }), { nil: undefined });
const timing = fc.record({
  dnsMs: phase,
  connectMs: phase,
  tlsMs: phase,
  totalMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
});
const location = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc
    .tuple(fc.webUrl(), anyText())
    .map(([url, text]) => `${url}?${encodeURIComponent(text.toWellFormed())}=1#${text.toWellFormed()}`),
  fc.tuple(fc.webUrl(), fc.integer({ min: 1, max: 9_000 })).map(([url, size]) => `${url}/${'%0a'.repeat(size / 3)}`),
  fc.constantFrom(
    'http://127.0.0.1/',
    'http://[::1]/',
    'ftp://a.example/',
    '//UPPER.example:443/../x',
    'https://xn--nxasmq6b/',
  ),
  headerText,
);
const answer: fc.Arbitrary<Answer> = fc.record({
  kind: fc.constant('answer' as const),
  status: fc.oneof(
    fc.constantFrom(0, 99, 101, 200, 204, 302, 304, 401, 404, 451, 503, 999),
    fc.integer({ min: 0, max: 999 }),
  ),
  headers: fc.record(
    {
      location,
      'set-cookie': fc.array(headerText, { maxLength: 40 }),
      'content-type': headerText,
      'cf-mitigated': fc.constant('challenge'),
    },
    { requiredKeys: [] },
  ),
  body: fc.uint8Array({ maxLength: 20 }),
  truncated: fc.boolean(),
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  tls: fc.option(fc.constant({ protocol: 'TLSv1.3', certificateEndsAt: '2027-01-01T00:00:00.000Z' }), {
    nil: undefined,
  }),
  timing,
});
const failed: fc.Arbitrary<ExchangeResult> = fc.record({
  kind: fc.constant('failed' as const),
  failure: fc.constantFrom(
    'refused_address',
    'dns_failed',
    'connection_failed',
    'tls_failed',
    'timeout',
    'http_malformed',
  ),
  message: anyText(),
  timing,
});
const redirect = fc
  .tuple(answer, location)
  .map(([each, target]) => ({ ...each, status: 302, headers: { ...each.headers, location: target } }));
const chain = fc.array(fc.oneof({ weight: 4, arbitrary: redirect }, answer, failed), { minLength: 1, maxLength: 25 });
const machineClock = fc.record({
  jumpMs: fc.integer({ min: -1e11, max: 1e11 }),
  spanMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
});

/** Resolves a job whose servers answer with these results, then fail. `machine` says how its clocks move on the way. */
async function evidenceOf(
  results: readonly ExchangeResult[],
  options: { trackingUrl?: string; expectedDomain?: string | undefined; spanMs?: number; jumpMs?: number } = {},
) {
  const { trackingUrl = 'https://a.example/', spanMs = 5, jumpMs = 0 } = options;
  const { lease, job } = leasedJob(0, trackingUrl, { expectedDomain: options.expectedDomain });
  const machine = { nowMs: Date.parse('2026-11-22T05:00:01Z'), monotonicMs: 0 };
  const left = [...results];
  const lost: ExchangeResult = {
    kind: 'failed',
    failure: 'connection_failed',
    message: 'ECONNRESET',
    timing: { totalMs: 1 },
  };
  const ports = { policy: addresses, monotonicMs: () => machine.monotonicMs, nowMs: () => machine.nowMs };
  return resolveJob(lease, job, {
    identity,
    nowMs: ports.nowMs,
    monotonicMs: ports.monotonicMs,
    signal: new AbortController().signal,
    resolve: async (link) => {
      const trail = await resolveLink(link, { ...ports, exchange: async () => left.shift() ?? lost });
      machine.nowMs += jumpMs;
      machine.monotonicMs += spanMs;
      return trail;
    },
  });
}

test('every evidence that the agent can make verifies, whatever servers, partners and clocks do', async () => {
  const conclusions = new Set<string>();
  const expectedDomain = fc.option(anyText(), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(chain, expectedDomain, machineClock, async (results, domain, clocks) => {
      const { jws, finding } = await evidenceOf(results, { expectedDomain: domain?.toWellFormed(), ...clocks });
      conclusions.add(finding.conclusion);
      expect(await verifyEvidence(jws, rules)).toMatchObject({ ok: true, value: { conclusion: finding.conclusion } });
      expect(jws.length).toBeLessThanOrEqual(EVIDENCE_LIMIT_BYTES);
    }),
    { numRuns: 400 },
  );
  expect(conclusions.size).toBeGreaterThan(5);
});

test('evidence of a tracking URL with control characters and umlauts verifies, because the partner wrote it', async () => {
  const page: ExchangeResult = {
    kind: 'answer',
    status: 200,
    headers: {},
    body: new Uint8Array(),
    truncated: false,
    address: '1.1.1.1',
    timing: { totalMs: 1 },
  };
  const { jws } = await evidenceOf([page], { trackingUrl: 'https://a.exa\nmple/ü\u0007?x=\ty' });
  expect(await verifyEvidence(jws, rules)).toMatchObject({ ok: true, value: { conclusion: 'valid' } });
});

test('evidence of an older agent verifies: it has no content type, body hash, sent names or mark of trimming', async () => {
  // In the form of version 0.1.0, before these members existed.
  const older = {
    accountId: 'acc',
    agentId: 'agent_1',
    jobId: 'j',
    createdAt: '2026-11-22T05:00:00.000Z',
    fence: 1,
    trackingUrl: 'https://a.example/',
    startedAt: '2026-11-22T05:00:01.000Z',
    finishedAt: '2026-11-22T05:00:02.000Z',
    hops: [
      {
        url: 'https://a.example/',
        kind: 'http',
        address: '1.1.1.1',
        status: 302,
        tls: { protocol: 'TLSv1.3', certificateEndsAt: '2027-01-01T00:00:00.000Z' },
        cookieNames: ['sid'],
        timing: { dnsMs: 1.5, connectMs: 2, tlsMs: 3, firstByteMs: 4, totalMs: 12.1 },
        parametersGained: ['utm_source'],
        parametersLost: ['u'],
        downgraded: true,
      },
      {
        url: 'http://b.example/?utm_source=x#top',
        kind: 'none',
        address: '2606:4700::1111',
        status: 200,
        timing: { totalMs: 3 },
      },
    ],
    conclusion: 'valid',
    reason: 'final_ok',
    finalUrl: 'http://b.example/?utm_source=x#top',
  };
  const { CompactSign } = await import('jose');
  const header = { alg: 'EdDSA', typ: 'signet-evidence+jws', kid: 'agent_1' };
  const jws = await new CompactSign(Buffer.from(JSON.stringify(older))).setProtectedHeader(header).sign(privateKey);
  expect(await verifyEvidence(jws, rules)).toEqual({ ok: true, value: older });
});

describe('no change of the bytes verifies', async () => {
  const page: ExchangeResult = {
    kind: 'answer',
    status: 200,
    headers: {},
    body: new Uint8Array(),
    truncated: false,
    address: '1.1.1.1',
    timing: { totalMs: 1 },
  };
  const { jws } = await evidenceOf([page]);
  const isAccepted = async (text: string) => (await verifyEvidence(text, rules)).ok;
  const at = [...jws].map((_, index) => index);

  test('a character replaced, by one bit or by any other', async () => {
    expect(await isAccepted(jws)).toBe(true);
    for (const index of at) {
      const code = jws.charCodeAt(index);
      for (const other of [code ^ 1, code ^ 0x20, 0x20, 0x0a, 0x3d, 0x2e]) {
        if (other === code) continue;
        expect(
          await isAccepted(jws.slice(0, index) + String.fromCharCode(other) + jws.slice(index + 1)),
          `${index}`,
        ).toBe(false);
      }
    }
  });

  test('a character removed, repeated or put in', async () => {
    for (const index of at) {
      expect(await isAccepted(jws.slice(0, index) + jws.slice(index + 1))).toBe(false);
      for (const more of [jws[index], '\n', ' ', '=', '.', '\u00a0'])
        expect(await isAccepted(jws.slice(0, index) + more + jws.slice(index))).toBe(false);
    }
    for (const more of ['\n', ' ', '=', '.', '\0']) expect(await isAccepted(jws + more)).toBe(false);
  });
});
