// Evidence as a JWS: its header, and what is dropped so that it fits.
import { generateKeyPairSync } from 'node:crypto';
import { compactVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Trail } from '../../../agent/link/trail.ts';
import { resolveJob } from '../../../agent/poll/resolve-job.ts';
import { fitPayload, signEvidence } from '../../../agent/poll/sign-evidence.ts';
import { createAddressPolicy } from '../../../lib/net/address-policy.ts';
import { EVIDENCE_LIMIT_BYTES, type EvidencePayload, type Hop } from '../../../lib/protocol/evidence/evidence.ts';
import { shortenUrl } from '../../../lib/protocol/evidence/shorten-url.ts';
import { verifyEvidence } from '../../../lib/relay/leasing/evidence-check.ts';
import { leasedJob } from '../../support/agent/fake-relay.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const rules = { agentId: 'agent_1', publicKey, addresses: createAddressPolicy({ allowCidrs: [] }) };

function payload(hops: readonly Hop[], more: Partial<EvidencePayload> = {}): EvidencePayload {
  const names = { accountId: 'a', agentId: 'agent_1', jobId: 'j', fence: 1, trackingUrl: 'https://a.example/' };
  const times = {
    createdAt: '2026-11-22T05:00:00.000Z',
    startedAt: '2026-11-22T05:00:01.000Z',
    finishedAt: '2026-11-22T05:00:02.000Z',
  };
  return { ...names, ...times, hops, conclusion: 'valid', reason: 'final_ok', ...more };
}

const fullHop = (urlBytes: number): Hop => ({
  url: `https://a.example/${'x'.repeat(urlBytes - 18)}`,
  kind: 'http',
  status: 302,
  address: '1.1.1.1',
  tls: { protocol: 'TLSv1.3', certificateEndsAt: '2027-01-01T00:00:00.000Z' },
  timing: { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 4, totalMs: 10 },
  contentType: 'text/html',
  bodySha256: 'b'.repeat(43),
  cookieNamesSent: Array.from({ length: 32 }, (_, index) => `${index}${'s'.repeat(60)}`),
  cookieNames: Array.from({ length: 32 }, (_, index) => `${index}${'c'.repeat(60)}`),
  parametersGained: Array.from({ length: 32 }, (_, index) => `${index}${'g'.repeat(60)}`),
  parametersLost: Array.from({ length: 32 }, (_, index) => `${index}${'l'.repeat(60)}`),
  downgraded: true,
});

test('is a compact JWS with only alg, typ and kid in its header', async () => {
  const jws = await signEvidence(payload([fullHop(100)]), privateKey);
  const verified = await compactVerify(jws, publicKey);
  expect(verified.protectedHeader).toEqual({ alg: 'EdDSA', typ: 'signet-evidence+jws', kid: 'agent_1' });
  expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(payload([fullHop(100)]));
});

describe('evidence that would be too long', () => {
  const hops = Array.from({ length: 20 }, () => fullHop(2_048));

  test('fits in the worst case, and the relay accepts it', async () => {
    const finalUrl = `https://a.example/${'f'.repeat(4_078)}`;
    const last: Hop = { ...fullHop(100), url: shortenUrl(finalUrl), kind: 'none', status: 200 };
    const worst = payload([...hops.slice(1), last], {
      trackingUrl: `https://a.example/${'t'.repeat(4_078)}`,
      finalUrl,
      error: 'e'.repeat(500),
    });
    const jws = await signEvidence(worst, privateKey);
    expect(jws.length).toBeLessThanOrEqual(EVIDENCE_LIMIT_BYTES);
    expect(await verifyEvidence(jws, rules)).toMatchObject({ ok: true });
  });

  test('drops details in a fixed order, and says that it is trimmed', () => {
    const describe = ({ hops: fitted, trimmed }: EvidencePayload) => {
      const [first, last] = [fitted[0], fitted.at(-1)];
      return [
        first?.cookieNamesSent && 'sent',
        first?.cookieNames && 'set',
        first?.parametersLost && 'parameters',
        first?.timing.dnsMs && 'phases',
        first?.contentType && 'type',
        first?.tls && 'tls',
        first?.bodySha256 && 'hash',
        last?.bodySha256 && 'last hash',
        (first?.url.length ?? 0) > 256 && 'url',
        trimmed && 'trimmed',
      ].filter((name) => typeof name === 'string');
    };
    const seen = new Set<string>();
    for (let limit = 400_000; limit > 10_000; limit -= 500)
      seen.add(describe(fitPayload(payload(hops), limit)).join(' '));
    expect([...seen]).toEqual([
      'sent set parameters phases type tls hash last hash url',
      'set parameters phases type tls hash last hash url trimmed',
      'parameters phases type tls hash last hash url trimmed',
      'phases type tls hash last hash url trimmed',
      'type tls hash last hash url trimmed',
      'tls hash last hash url trimmed',
      'hash last hash url trimmed',
      'last hash url trimmed',
      'last hash trimmed',
    ]);
  });

  test('keeps the statuses, the order and the number of hops in any case', () => {
    const { hops: left, conclusion } = fitPayload(payload(hops), 10);
    expect(left).toHaveLength(20);
    expect(left[0]).toEqual({
      url: expect.stringMatching(/#sha256=/),
      kind: 'http',
      status: 302,
      address: '1.1.1.1',
      timing: { totalMs: 10 },
      downgraded: true,
    });
    expect(left.at(-1)?.bodySha256).toBe('b'.repeat(43));
    expect(conclusion).toBe('valid');
  });
});

describe('resolving a job', () => {
  const identity = {
    privateKey,
    publicKey: 'x',
    enrollment: { relayUrl: 'r', agentId: 'agent_1', accountId: 'acc', pool: 'p', labels: [] },
  };
  const ports = {
    identity,
    nowMs: () => Date.parse('2026-11-22T05:00:01Z'),
    monotonicMs: () => 0,
    signal: new AbortController().signal,
  };
  const trail = (href: string): Trail => ({
    hops: [{ url: shortenUrl(href), kind: 'none', status: 200, timing: { totalMs: 1 } }],
    ending: {
      kind: 'answered',
      finalUrl: new URL(href),
      answer: {
        kind: 'answer',
        status: 200,
        headers: {},
        body: new Uint8Array(),
        truncated: false,
        address: '1.1.1.1',
        timing: { totalMs: 1 },
      },
    },
  });

  test('returns evidence that is bound to the lease', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/');
    const { jws } = await resolveJob(lease, job, { ...ports, resolve: async () => trail('https://b.example/') });
    const verified = await verifyEvidence(jws, rules);
    const { jobId, createdAt, fence } = lease;
    expect(verified).toMatchObject({
      ok: true,
      value: {
        jobId,
        createdAt,
        fence,
        accountId: 'acc',
        trackingUrl: 'https://a.example/',
        finalUrl: 'https://b.example/',
      },
    });
  });

  test('is inconclusive when the agent fails, so that the job gets an answer', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/');
    const { finding, jws } = await resolveJob(lease, job, {
      ...ports,
      resolve: () => Promise.reject(new Error('bug')),
    });
    expect(finding).toMatchObject({
      conclusion: 'inconclusive',
      reason: 'agent_error',
      error: 'The agent failed: bug.',
    });
    expect(await verifyEvidence(jws, rules)).toMatchObject({ ok: true });
  });

  test('notes that the job asked for a proxy or a browser', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/', { context: { proxy: 'socks5://x', browser: 'firefox' } });
    const { finding } = await resolveJob(lease, job, { ...ports, resolve: async () => trail('https://b.example/') });
    expect(finding.error).toBe('The job asked for a proxy and a browser, which this agent does not support.');
  });

  test('measures the work with the monotonic clock, so that a clock that is set does not change the evidence', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/');
    const [startMs, machine] = [ports.nowMs(), { nowMs: ports.nowMs(), monotonicMs: 70 }];
    const { jws } = await resolveJob(lease, job, {
      ...ports,
      nowMs: () => machine.nowMs,
      monotonicMs: () => machine.monotonicMs,
      resolve: async () => {
        machine.nowMs -= 86_400_000;
        machine.monotonicMs += 1_500;
        return trail('https://b.example/');
      },
    });
    const verified = await verifyEvidence(jws, rules);
    const times = verified.ok && [verified.value.startedAt, verified.value.finishedAt].map((text) => Date.parse(text));
    expect(times).toEqual([startMs, startMs + 1_500]);
  });

  test('cleans the texts that others wrote', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/');
    const message = `a\r\n\u001b[2J${'x'.repeat(480)}\ud83d\ude00`;
    const { finding, jws } = await resolveJob(lease, job, {
      ...ports,
      resolve: () => Promise.reject(new Error(message)),
    });
    expect(finding.error).toMatch(/^The agent failed: a\ufffd\ufffd\ufffd\[2Jx+/);
    expect(await verifyEvidence(jws, rules)).toMatchObject({ ok: true });
  });

  test('omits a final URL that is too long, and does not report a part of it', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/');
    const { finding, jws } = await resolveJob(lease, job, {
      ...ports,
      resolve: async () => trail(`https://b.example/${'x'.repeat(5_000)}`),
    });
    expect(await verifyEvidence(jws, rules)).toMatchObject({ ok: true });
    expect(finding).toMatchObject({ conclusion: 'valid', error: expect.stringContaining('5018 characters') });
    expect(finding.finalUrl).toBeUndefined();
  });
});
