// Evidence as a JWS: its header, and what is dropped so that it fits.
import { generateKeyPairSync } from 'node:crypto';
import { compactVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Trail } from '../../../agent/link/trail.ts';
import { resolveJob } from '../../../agent/poll/resolve-job.ts';
import { fitPayload, signEvidence } from '../../../agent/poll/sign-evidence.ts';
import { EVIDENCE_LIMIT_BYTES, type EvidencePayload, type Hop } from '../../../lib/protocol/evidence/evidence.ts';
import { verifyEvidence } from '../../../lib/relay/leasing/evidence-check.ts';
import { leasedJob } from '../../support/agent/fake-relay.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

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
    const worst = payload(hops, {
      trackingUrl: `https://a.example/${'t'.repeat(4_078)}`,
      finalUrl: `https://a.example/${'f'.repeat(4_078)}`,
      error: 'e'.repeat(500),
    });
    const jws = await signEvidence(worst, privateKey);
    expect(jws.length).toBeLessThanOrEqual(EVIDENCE_LIMIT_BYTES);
    expect(await verifyEvidence(jws, { agentId: 'agent_1', publicKey })).toMatchObject({ ok: true });
  });

  test('drops cookie names, then parameters, then timing, then TLS, then long URLs', () => {
    const rows = [200_000, 150_000, 80_000, 60_000, 50_000, 20_000].map((limit) => {
      const [hop] = fitPayload(payload(hops), limit).hops;
      return [hop?.cookieNames, hop?.parametersLost, hop?.timing.dnsMs, hop?.tls]
        .map((part) => part !== undefined)
        .concat((hop?.url.length ?? 0) > 256);
    });
    const losses = rows.map((row) => row.filter((isPresent) => !isPresent).length);
    expect(losses).toEqual([...losses].sort((a, b) => a - b));
    for (const row of rows) expect(row).toEqual([...row].sort());
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
    expect(conclusion).toBe('valid');
  });
});

describe('resolving a job', () => {
  const identity = {
    privateKey,
    publicKey: 'x',
    enrollment: { relayUrl: 'r', agentId: 'agent_1', accountId: 'acc', pool: 'p', labels: [] },
  };
  const ports = { identity, nowMs: () => Date.parse('2026-11-22T05:00:01Z'), signal: new AbortController().signal };
  const trail = (href: string): Trail => ({
    hops: [],
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
    const verified = await verifyEvidence(jws, { agentId: 'agent_1', publicKey });
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
    expect(await verifyEvidence(jws, { agentId: 'agent_1', publicKey })).toMatchObject({ ok: true });
  });

  test('notes that the job asked for a proxy or a browser', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/', { context: { proxy: 'socks5://x', browser: 'firefox' } });
    const { finding } = await resolveJob(lease, job, { ...ports, resolve: async () => trail('https://b.example/') });
    expect(finding.error).toBe('The job asked for a proxy and a browser, which this agent does not support.');
  });

  test('omits a final URL that is too long, and does not report a part of it', async () => {
    const { lease, job } = leasedJob(0, 'https://a.example/');
    const { finding } = await resolveJob(lease, job, {
      ...ports,
      resolve: async () => trail(`https://b.example/${'x'.repeat(5_000)}`),
    });
    expect(finding).toMatchObject({ conclusion: 'valid', error: expect.stringContaining('5018 characters') });
    expect(finding.finalUrl).toBeUndefined();
  });
});
