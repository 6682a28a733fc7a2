// Timelines: a job's events in causal order, as its rows show them, for its own account alone.

import { describe, expect, it } from 'vitest';
import { deriveEvent } from '../../../lib/relay/delivery/derive-event.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { sweep } from '../../../lib/relay/sweep/sweep.ts';
import { evidenceFor, jwsFor, leaseOne } from '../../support/relay/evidence-samples.ts';
import { DAY, MINUTE, SECOND, sampleAccount, sampleDelivery, sampleEndpoint } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, type World } from '../../support/relay/world.ts';

const T0 = '2026-11-22T12:00:00.250Z';
const ACCEPTED = [
  { at: T0, type: 'accepted' },
  { at: T0, type: 'sent', resends: 0 },
] as const;

const timelineOf = async (world: World, jobId: string) => (await world.get(`/api/links/${jobId}/timeline`)).json.events;

/** Makes a job that an agent leased, and reported five seconds later. Returns the timeline that follows from it. */
async function completed(world: World) {
  const leased = await leaseOne(world);
  world.passSeconds(5);
  const { lease } = leased;
  const { json } = await world.pull({ results: [{ lease, jws: jwsFor(world, leased) }] });
  expect(json.accepted).toEqual([lease.jobId]);
  const { startedAt } = evidenceFor(world, leased);
  const agentId = world.agent.key.keyId;
  const timeline = [
    ...ACCEPTED,
    { at: startedAt, type: 'started', agentId, fence: 1 },
    { at: '2026-11-22T12:00:05.250Z', type: 'reported', agentId, fence: 1, conclusion: 'valid', reason: 'final_ok' },
  ];
  return { jobId: lease.jobId, timeline };
}

describe('a timeline', () => {
  it('begins with the acceptance of the job', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission())).json;
    world.passSeconds(60);
    expect(await timelineOf(world, jobId)).toEqual(ACCEPTED);
  });

  it('counts how often the sweep sent the job again', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission())).json;
    world.passSeconds(TUNING.firstDueSeconds);
    await sweep(world.ports);
    expect(await timelineOf(world, jobId)).toEqual([ACCEPTED[0], { ...ACCEPTED[1], resends: 1 }]);
  });

  it('shows the current lease: its agent, start, end and fence', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission())).json;
    world.passSeconds(3);
    await world.pull({ want: 1 });
    const agentId = world.agent.key.keyId;
    const leaseUntil = '2026-11-22T12:02:03.250Z';
    expect(await timelineOf(world, jobId)).toEqual([
      ...ACCEPTED,
      { at: '2026-11-22T12:00:03.250Z', type: 'leased', agentId, fence: 1, leaseUntil },
    ]);
  });

  it('omits a released lease, but shows the higher fence of the next one', async () => {
    const world = await createWorld();
    const { lease } = await leaseOne(world);
    await world.pull({ release: [lease] });
    expect(await timelineOf(world, lease.jobId)).toEqual(ACCEPTED);
    await world.pull({ want: 1 });
    expect((await timelineOf(world, lease.jobId))[2]).toMatchObject({ type: 'leased', fence: 2 });
  });

  it('shows the start of the work and the report', async () => {
    const world = await createWorld();
    const { jobId, timeline } = await completed(world);
    expect(await timelineOf(world, jobId)).toEqual(timeline);
  });

  it.each(['canceled', 'expired', 'failed'] as const)(
    'shows that the job is %s, with the reason and the last agent',
    async (state) => {
      const world = await createWorld();
      const { lease } = await leaseOne(world);
      const job = await world.ports.jobs.find(lease.jobId);
      world.passSeconds(9);
      if (job) await world.ports.jobs.end(job, { state, reason: 'so_it_goes', nowMs: world.time.nowMs });
      const [, , end, ...more] = await timelineOf(world, lease.jobId);
      const agentId = world.agent.key.keyId;
      expect(end).toEqual({ at: '2026-11-22T12:00:09.250Z', type: state, reason: 'so_it_goes', agentId, fence: 1 });
      expect(more).toEqual([]);
    },
  );

  it('ends with every attempt at each endpoint, oldest first', async () => {
    const world = await createWorld();
    const { jobId, timeline } = await completed(world);
    const job = await world.ports.jobs.find(jobId);
    const event = job && deriveEvent(job);
    if (!event) throw new Error('The job has not ended.');
    const facts = { eventId: event.id, eventType: event.type, eventAt: job.updatedAt };
    const [late, early, waiting] = [sampleEndpoint(), sampleEndpoint(), sampleEndpoint()];
    const foreign = sampleEndpoint({ accountId: 'other4other4other' });
    for (const endpoint of [late, early, waiting, foreign]) await world.ports.registry.putEndpoint(endpoint);
    const attempted = async (endpointId: string, seconds: number, more: object) =>
      world.ports.log.record(
        sampleDelivery({ ...facts, endpointId, attemptedAt: world.time.nowMs + seconds * SECOND, ...more }),
      );
    await attempted(late.endpointId, 1, { attempt: 0 });
    const earlier = [{ attempt: 0, attemptedAt: world.time.nowMs + SECOND, outcome: '500' }];
    await attempted(late.endpointId, 9, { attempt: 1, outcome: '503', earlier });
    await attempted(early.endpointId, 2, { state: 'delivered', outcome: '204' });
    await attempted(foreign.endpointId, 3, {});
    await attempted(waiting.endpointId, 4, { eventId: 'evt_of_another_job' });
    const { id: eventId, type: eventType } = event;
    const one = { type: 'delivery', eventId, eventType };
    const first = {
      ...one,
      at: '2026-11-22T12:00:06.250Z',
      endpointId: late.endpointId,
      attempt: 1,
      state: 'retrying',
      outcome: '500',
    };
    const [delivered, retrying] = [
      {
        ...one,
        at: '2026-11-22T12:00:07.250Z',
        endpointId: early.endpointId,
        attempt: 1,
        state: 'delivered',
        outcome: '204',
      },
      {
        ...one,
        at: '2026-11-22T12:00:14.250Z',
        endpointId: late.endpointId,
        attempt: 2,
        state: 'retrying',
        outcome: '503',
      },
    ];
    expect(await timelineOf(world, jobId)).toEqual([...timeline, first, delivered, retrying]);
  });

  it('omits the start of the work if the evidence belongs to an earlier job with the same id', async () => {
    const world = await createWorld();
    const { jobId, timeline } = await completed(world);
    const { find } = world.ports.evidence;
    world.ports.evidence = {
      ...world.ports.evidence,
      async find(id) {
        const evidence = await find(id);
        return evidence && { ...evidence, createdAt: evidence.createdAt - MINUTE };
      },
    };
    expect(await timelineOf(world, jobId)).toEqual(timeline.filter(({ type }) => type !== 'started'));
  });

  it('is not found for another account’s job, an unknown job, a malformed id and a job that is 30 days old', async () => {
    const world = await createWorld();
    const { jobId } = (await world.submit(sampleSubmission())).json;
    const account = sampleAccount();
    await world.putAccount(account);
    const stranger = await world.makePartner(account.accountId);
    const paths = [`job_${'a'.repeat(52)}`, 'fetch'].map((id) => `/api/links/${id}/timeline`);
    const own = `/api/links/${jobId}/timeline`;
    const answers = [await world.get(own, stranger), ...(await Promise.all(paths.map((path) => world.get(path))))];
    world.passSeconds((30 * DAY) / SECOND);
    answers.push(await world.get(own));
    for (const { status, json } of answers) expect([status, json.code]).toEqual([404, 'not_found']);
  });
});
