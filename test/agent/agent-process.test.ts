// The running agent under trouble: wrong clocks, failing relays, kill -9 and signals.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSpool } from '../../agent/state/spool.ts';
import type { PullRequest } from '../../lib/protocol/messages.ts';
import { startAgent, temporaryDirectory } from '../support/agent/agent-process.ts';
import {
  type FakeRelay,
  type Intervention,
  leasedJob,
  type SeenRequest,
  send,
  sendProblem,
  startFakeRelay,
} from '../support/agent/fake-relay.ts';
import { serveHttp } from '../support/local-server.ts';

const ALLOWED = { SIGNET_ALLOW_CIDRS: '127.0.0.0/8' };

async function enrolled() {
  const relay = await startFakeRelay();
  const directory = temporaryDirectory();
  const enrolling = startAgent(['enroll', relay.token(), '--state', directory.path]);
  expect(await enrolling.exited, enrolling.stderr()).toBe(0);
  const run = () => startAgent(['run', '--state', directory.path], ALLOWED);
  const dispose = async () => {
    await relay[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  };
  return { relay, directory: directory.path, run, [Symbol.asyncDispose]: dispose };
}

/** Starts a site that answers only when the test says so. */
async function serveGate() {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const { promise: knocked, resolve: knock } = Promise.withResolvers<void>();
  const site = await serveHttp(async (_request, response) => {
    knock();
    await opened;
    response.end();
  });
  return { ...site, open, knocked };
}

const resultsOf = (relay: FakeRelay) => relay.results().map(({ lease }) => lease.jobId);

describe('a wrong clock', () => {
  test.each([3_600_000, -3_600_000])(
    'by %d ms is learned from the refusal, reported, and compensated for',
    async (skewMs) => {
      await using setting = await enrolled();
      const { relay } = setting;
      relay.nowMs = () => Date.now() + skewMs;
      relay.interventions.push((_seen, response) => {
        sendProblem(response, 'timestamp_out_of_range', relay.nowMs());
        return true;
      });
      await using agent = setting.run();
      expect(await agent.event('clock.skewed')).toMatchObject({ offsetSeconds: skewMs / 1000 });
      await relay.until(() => relay.pulls().length >= 2);
      const [refused, signedAnew] = relay.seen.filter(({ path }) => path === '/agent/pull');
      expect((signedAnew?.createdMs ?? 0) - (refused?.createdMs ?? 0)).toBeGreaterThanOrEqual(
        Math.min(skewMs, skewMs + 1_000) - 1_000,
      );
      expect(Math.abs((signedAnew?.createdMs ?? 0) - relay.nowMs())).toBeLessThan(10_000);
      expect(agent.events.filter(({ event }) => event === 'poll.failed')).toEqual([]);
    },
  );
});

describe('a relay in trouble', () => {
  test('sends results again, byte for byte, until the relay accepts them', async () => {
    await using setting = await enrolled();
    const { relay } = setting;
    await using site = await serveHttp((_request, response) => response.end());
    relay.offer(leasedJob(0, site.origin));
    const leaveUnanswered: Intervention = (_seen, response) => Boolean(response.destroy());
    const failAsGateway: Intervention = (_seen, response) => {
      send(response, 502, { message: 'Bad Gateway' }, { 'retry-after': '0' });
      return true;
    };
    relay.interventions.push(() => false, leaveUnanswered, failAsGateway);
    await using agent = setting.run();
    await agent.event('result.accepted');
    const sent = relay.results().map(({ jws }) => jws);
    expect(sent.length).toBeGreaterThanOrEqual(1);
    expect(new Set(sent).size).toBe(1);
    expect(agent.events.filter(({ event }) => event === 'poll.failed')).toMatchObject([
      { code: 'relay_unreachable' },
      { code: 'http_502' },
    ]);
    expect(agent.events.some(({ event }) => event === 'poll.recovered')).toBe(true);
  });

  test('loses a result that the relay rejects', async () => {
    await using setting = await enrolled();
    const { relay } = setting;
    await using site = await serveHttp((_request, response) => response.end());
    const job = leasedJob(0, site.origin);
    relay.offer(job);
    relay.answerWith = { accepted: [], rejected: [{ jobId: job.lease.jobId, code: 'lease_lost' }] };
    await using agent = setting.run();
    expect(await agent.event('result.refused')).toMatchObject({ jobId: job.lease.jobId, code: 'lease_lost' });
  });

  test('is polled at the slowest pace when its answer is malformed, and the agent still stops on a signal', async () => {
    await using setting = await enrolled();
    setting.relay.interventions.push((_seen, response) => {
      send(response, 200, { jobs: 'many' });
      return true;
    });
    await using agent = setting.run();
    expect(await agent.event('poll.failed')).toMatchObject({ code: 'answer_malformed' });
    agent.child.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
    expect(setting.relay.pulls()).toHaveLength(1);
  });
});

describe('kill -9', () => {
  test('during a job: the next run resumes the job under the same lease', async () => {
    await using setting = await enrolled();
    const { relay } = setting;
    await using site = await serveGate();
    relay.offer(leasedJob(0, site.origin));
    await using first = setting.run();
    await site.knocked;
    first.child.kill('SIGKILL');
    expect(await first.exited).toBe('SIGKILL');
    site.open();
    await using second = setting.run();
    expect(await second.event('agent.started')).toMatchObject({ resumed: [expect.stringMatching(/^job_/)] });
    await second.event('result.accepted');
    expect(relay.results()).toMatchObject([{ lease: { ...leasedJob(0, '').lease, leaseUntil: expect.any(String) } }]);
    expect(relay.pulls().some(({ renew = [] }) => renew.length === 1)).toBe(true);
  });

  test('after a job, before its result is accepted: the next run reports the result', async () => {
    await using setting = await enrolled();
    const { relay } = setting;
    await using site = await serveHttp((_request, response) => response.end());
    relay.offer(leasedJob(0, site.origin));
    const leaveReportsUnanswered = ({ body }: SeenRequest) => (body as PullRequest).results !== undefined;
    relay.interventions.push(...Array.from({ length: 5 }, () => leaveReportsUnanswered));
    await using first = setting.run();
    await first.event('job.resolved');
    await relay.until(() => relay.results().length > 0);
    first.child.kill('SIGKILL');
    await first.exited;
    relay.interventions.length = 0;
    await using second = setting.run();
    await second.event('result.accepted');
    expect(new Set(relay.results().map(({ jws }) => jws)).size).toBe(1);
  });

  test('during a job whose lease then expires: the next run drops the job, which another agent may have', async () => {
    await using setting = await enrolled();
    const spool = openSpool(join(setting.directory, 'spool.sqlite'));
    spool.hold({ ...leasedJob(0, 'http://127.0.0.1:9/'), leaseEndsAtMs: Date.now() - 1 });
    spool.close();
    await using agent = setting.run();
    await setting.relay.until(() => setting.relay.pulls().length > 0);
    expect(setting.relay.pulls()[0]?.renew).toBeUndefined();
    expect(agent.events.filter(({ event }) => event === 'job.leased')).toEqual([]);
  });
});

describe('signals', () => {
  test('SIGTERM lets a job in progress finish and reports it', async () => {
    await using setting = await enrolled();
    await using site = await serveGate();
    setting.relay.offer(leasedJob(0, site.origin));
    await using agent = setting.run();
    await site.knocked;
    agent.child.kill('SIGTERM');
    await agent.event('agent.stopping');
    site.open();
    expect(await agent.exited).toBe(0);
    expect(resultsOf(setting.relay)).toEqual([leasedJob(0, '').lease.jobId]);
    expect(agent.events.at(-1)).toMatchObject({ event: 'agent.stopped', spooled: 0 });
  });

  test('a second SIGTERM releases the job', async () => {
    await using setting = await enrolled();
    await using site = await serveGate();
    setting.relay.offer(leasedJob(0, site.origin));
    await using agent = setting.run();
    await site.knocked;
    agent.child.kill('SIGTERM');
    await agent.event('agent.stopping');
    agent.child.kill('SIGINT');
    expect(await agent.exited).toBe(0);
    const released = setting.relay.pulls().flatMap(({ release = [] }) => release);
    expect(released.map(({ jobId }) => jobId)).toEqual([leasedJob(0, '').lease.jobId]);
    expect(resultsOf(setting.relay)).toEqual([]);
  });
});

test('refuses a second agent in the same state directory, and shows in its status that one is running', async () => {
  await using setting = await enrolled();
  await using first = setting.run();
  await first.event('agent.started');
  const second = setting.run();
  expect(await second.exited).toBe(4);
  expect(second.stderr()).toContain('Another agent is running');
  const status = startAgent(['status', '--state', setting.directory]);
  expect(await status.exited).toBe(0);
  expect(JSON.parse(status.stdout())).toMatchObject({ running: true, agentId: 'agent_1' });
});

describe('a second program with the same identity', () => {
  test('ends this one: it leaves its job, says why, and exits with 6', async () => {
    await using setting = await enrolled();
    const { relay } = setting;
    await using site = await serveGate();
    relay.offer(leasedJob(0, site.origin));
    await using agent = setting.run();
    await site.knocked;
    const replaced: Intervention = (_seen, response) => {
      sendProblem(response, 'agent_identity_in_use', relay.nowMs());
      return true;
    };
    relay.interventions.push(...Array.from({ length: 20 }, () => replaced));
    expect(await agent.exited).toBe(6);
    expect(agent.stderr()).toContain('Another agent with this identity has started since');
    expect(agent.events).toContainEqual(expect.objectContaining({ event: 'job.abandoned', why: 'replaced' }));
    expect(resultsOf(relay)).toEqual([]);
  });

  test('is told apart by the instance id, which is new at each start', async () => {
    await using setting = await enrolled();
    const { relay } = setting;
    relay.answerWith = { nextPollSeconds: 0 };
    const first = setting.run();
    await relay.until(() => relay.pulls().length >= 2);
    await first[Symbol.asyncDispose]();
    const before = relay.pulls().length;
    await using second = setting.run();
    await relay.until(() => relay.pulls().length > before + 1);
    const instances = relay.pulls().map(({ agent }) => agent?.instance ?? '');
    expect(new Set(instances).size).toBe(2);
    expect(instances[0]).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(relay.pulls()[0]?.agent).toMatchObject({ platform: process.platform, concurrency: 4, state: 'running' });
    void second;
  });
});

test('reports each of several concurrent jobs once', async () => {
  await using setting = await enrolled();
  const { relay } = setting;
  await using site = await serveHttp((request, response) => response.writeHead(request.url === '/3' ? 404 : 200).end());
  for (const number of [0, 1, 2, 3, 4, 5, 6, 7, 8]) relay.offer(leasedJob(number, `${site.origin}/${number}`));
  relay.offer(leasedJob(9, 'nonsense'));
  await using agent = setting.run();
  await relay.until(() => resultsOf(relay).length >= 10);
  expect(new Set(resultsOf(relay)).size).toBe(10);
  expect(resultsOf(relay)).toHaveLength(10);
  expect(Math.max(...relay.pulls().map(({ want }) => want))).toBe(4);
  void agent;
});
