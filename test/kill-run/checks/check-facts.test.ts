// Proof that the rules of the kill run can fail: facts that satisfy all rules, and one violation of each.
import { expect, test } from 'vitest';
import type { EvidencePayload } from '../../../lib/protocol/evidence/evidence.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { ReceivedDelivery } from '../consumer.ts';
import { checkFacts, type Facts } from './check-facts.ts';

const RESULT = { agentId: 'agt_1', finalUrl: 'https://end.example/0' };

const row = (number: number, more: object = {}) =>
  ({
    jobId: `job_${number}`,
    state: 'completed',
    fence: 2,
    attempts: 2,
    submission: { rowId: String(number) },
    result: { ...RESULT, finalUrl: `https://end.example/${number}` },
    ...more,
  }) as Job;

const delivery = (number: number, more: object = {}): ReceivedDelivery => {
  const data = { job: { jobId: `job_${number}`, result: RESULT } };
  return { id: `evt_${number}`, isGenuine: true, event: { type: 'link.resolved', data } as never, ...more };
};

const logged = (message: string, number: number, more: object = {}) => ({
  level: 'INFO',
  message,
  accountId: 'ours',
  jobId: `job_${number}`,
  ...more,
});

const GOOD: Facts = {
  accountId: 'ours',
  agentIds: ['agt_1'],
  jobs: 2,
  submitted: [0, 1, 1].map((number) => ({ number, jobId: `job_${number}` })),
  finalUrlOf: (number) => `https://end.example/${number}`,
  rows: [row(0), row(1)],
  evidence: new Map([0, 1].map((number) => [`job_${number}`, { fence: 2, agentId: 'agt_1' } as EvidencePayload])),
  deliveries: [delivery(0), delivery(1), delivery(1)],
  quota: { used: 3, lostAtMost: 1 },
  log: [
    logged('job.leased', 0, { fence: 1 }),
    logged('job.leased', 0, { fence: 2 }),
    logged('result.accepted', 0, { agentId: 'agt_1' }),
    logged('result.accepted', 0, { agentId: 'agt_1' }),
    logged('event.published', 0, { eventId: 'evt_0' }),
    logged('job.leased', 9, { accountId: 'demo' }),
  ],
};

test('accepts repeats of an answer, a result and an event, and a unit that was lost in a kill', () => {
  expect(checkFacts(GOOD)).toEqual([]);
});

test.each<[string, Partial<Facts>]>([
  ['only 1 of 2 jobs were admitted', { submitted: GOOD.submitted.slice(0, 1), rows: [row(0)] }],
  ['the key of job 1 created several jobs', { submitted: [...GOOD.submitted, { number: 1, jobId: 'job_0' }] }],
  ['job_1 is lost', { rows: [row(0)] }],
  ['job_2 was never submitted', { rows: [row(0), row(1), row(2)] }],
  [
    'job_1 is failed (attempts_exhausted)',
    { rows: [row(0), row(1, { state: 'failed', endReason: 'attempts_exhausted' })] },
  ],
  ['job_1 has the result of another link', { rows: [row(0), row(1, { result: RESULT })] }],
  ['job_1 was completed by agt_1, an agent of another account', { agentIds: ['other'] }],
  ['job_1 had 3 attempts under 2 fences', { rows: [row(0), row(1, { attempts: 3 })] }],
  ['job_1 has no evidence of its lease', { rows: [row(0), row(1, { fence: 3 })] }],
  ['job_0 has no evidence of its lease', { evidence: new Map() }],
  ['the delivery evt_1 has an invalid signature', { deliveries: [delivery(0), delivery(1, { isGenuine: false })] }],
  ['job_1 has 0 events', { deliveries: [delivery(0)] }],
  ['job_1 has 2 events', { deliveries: [delivery(0), delivery(1), delivery(1, { id: 'evt_x' })] }],
  ['an event names job_2, which is not in the account', { deliveries: [...GOOD.deliveries, delivery(2)] }],
  [
    'an event of job_1 disagrees with its row',
    { deliveries: [delivery(0), delivery(1, { event: { ...delivery(1).event, type: 'link.failed' } })] },
  ],
  ['2 jobs took only 1 units', { quota: { used: 1, lostAtMost: 1 } }],
  ['2 units are lost, but the kills explain only 1', { quota: { used: 4, lostAtMost: 1 } }],
  ['logged: {"level":"ERROR"', { log: [{ level: 'ERROR', message: 'dependency.failed' }] }],
  ['job_0 was logged for another account', { log: [logged('job.leased', 0, { accountId: 'demo' })] }],
  ['job_9 was logged for this account, which has no such job', { log: [logged('job.leased', 9)] }],
  ['job_0 was leased under the fences 1, 1', { log: [1, 1].map((fence) => logged('job.leased', 0, { fence })) }],
  [
    'results of 2 agents were accepted for job_0',
    { log: ['agt_1', 'other'].map((agentId) => logged('result.accepted', 0, { agentId })) },
  ],
  [
    '2 events were published for job_0',
    { log: ['evt_0', 'evt_1'].map((eventId) => logged('event.published', 0, { eventId })) },
  ],
])('reports: %s', (finding, violation) => {
  expect(checkFacts({ ...GOOD, ...violation }).join('\n')).toContain(finding);
});
