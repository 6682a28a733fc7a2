// Misdirected requests: a captured request that is sent to another route, with another method, or without its body.
import { describe, expect, it } from 'vitest';
import type { IncomingRequest } from '../../../lib/relay/http/request-pipeline.ts';
import { createWorld } from '../../support/relay/world.ts';
import { makePartnerOf, PARTNER_WAYS, read, submission } from '../../support/signing/partner-ways.ts';

const JOB = `/api/links/job_${'b'.repeat(52)}`;
const EMPTY = Buffer.alloc(0);

/** Changes to a captured submission. None of the changed requests writes anything, so the original stays valid. */
const REDIRECTED: Readonly<Record<string, Partial<IncomingRequest>>> = {
  'to a read of a job': { method: 'GET', path: JOB },
  'to a read of a job, without its body': { method: 'GET', path: JOB, body: EMPTY },
  'to a read of evidence, without its body': { method: 'GET', path: `${JOB}/evidence`, body: EMPTY },
  'to the same path under PUT': { method: 'PUT' },
  'to the same path under PATCH': { method: 'PATCH' },
  'to the same path under DELETE': { method: 'DELETE' },
  'to the same path under DELETE, without its body': { method: 'DELETE', body: EMPTY },
  'to the same path under GET': { method: 'GET' },
  'to the same path under HEAD': { method: 'HEAD' },
  'to the same path, without its body': { body: EMPTY },
  'to a job under POST': { path: JOB },
  'to a job under DELETE': { method: 'DELETE', path: JOB },
  'to the agents’ pull': { path: '/agent/pull' },
  'to enrolment': { path: '/agent/enroll' },
  'to health': { path: '/healthz' },
  'to the same path, percent-encoded': { path: '/api/links/%66etch' },
  'to the same path with a trailing slash': { path: '/api/links/fetch/' },
};

describe.each(PARTNER_WAYS)('under $name, a captured submission', (way) => {
  it.each(Object.entries(REDIRECTED))('is refused when it is sent %s, and writes nothing', async (_where, change) => {
    const world = await createWorld();
    const request = world.signed(submission(), await makePartnerOf(world, way));
    expect((await world.ask({ ...request, ...change })).status).toBeGreaterThanOrEqual(400);
    expect([world.ports.oneTimeValues.count(), world.ports.jobs.all()]).toEqual([0, []]);
    expect((await world.ask(request)).status).toBe(202);
  });

  it(`${way.bindsMethodAndPath ? 'is refused by' : 'is used up by'} the dry run, and creates no job there`, async () => {
    const world = await createWorld();
    const request = world.signed(submission(), await makePartnerOf(world, way));
    const { status } = await world.ask({ ...request, path: '/api/auth/check' });
    expect([status, world.ports.oneTimeValues.count()]).toEqual(way.bindsMethodAndPath ? [401, 0] : [200, 1]);
    expect(world.ports.jobs.all()).toEqual([]);
    expect((await world.ask(request)).status).toBe(way.bindsMethodAndPath ? 202 : 409);
  });

  it('cannot be made from a captured dry run', async () => {
    const world = await createWorld();
    for (const body of ['', '{}']) {
      const plain = { ...submission(), path: '/api/auth/check', body: Buffer.from(body) };
      const dryRun = world.signed(plain, await makePartnerOf(world, way));
      expect((await world.ask({ ...dryRun, path: '/api/links/fetch' })).status).toBeGreaterThanOrEqual(400);
      expect(world.ports.jobs.all()).toEqual([]);
    }
  });

  it(`is ${way.bindsMethodAndPath ? 'refused' : 'accepted'} with another query`, async () => {
    const world = await createWorld();
    const request = world.signed(submission(), await makePartnerOf(world, way));
    expect((await world.ask({ ...request, query: 'a=b' })).json.code).toBe(
      way.bindsMethodAndPath ? 'signature_invalid' : undefined,
    );
  });
});

describe.each(PARTNER_WAYS)('under $name, a captured read', (way) => {
  it('creates no job when it is sent as a submission, before or after it was answered', async () => {
    for (const isFirst of [true, false]) {
      const world = await createWorld();
      const request = world.signed(read(JOB), await makePartnerOf(world, way));
      if (!isFirst) await world.ask(request);
      const answer = await world.ask({ ...request, method: 'POST', path: '/api/links/fetch' });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(world.ports.jobs.all()).toEqual([]);
    }
  });

  it(`${way.bindsMethodAndPath || way.claimsReads ? 'cannot read' : 'can read'} another job afterwards`, async () => {
    const world = await createWorld();
    const partner = await makePartnerOf(world, way);
    const { headers } = await world.ask(world.signed(submission(), partner));
    const request = world.signed(read(JOB), partner);
    await world.ask(request);
    const { status, json } = await world.ask({ ...request, path: headers['location'] ?? '' });
    const refusal = way.bindsMethodAndPath ? 'signature_invalid' : way.claimsReads ? 'nonce_replayed' : undefined;
    expect([status === 200, json.code]).toEqual([refusal === undefined, refusal]);
  });
});
