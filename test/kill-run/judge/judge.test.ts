// The rules of the kill run can fail: facts that keep them all, and each broken in turn.
import { expect, test } from 'vitest';
import type { EvidencePayload } from '../../../lib/protocol/evidence/evidence.ts';
import type { Job } from '../../../lib/relay/model/records.ts';
import type { KeptDelivery } from '../consumer.ts';
import { type Facts, judge } from './judge.ts';

const RESULT = { agentId: 'desk', finalUrl: 'https://end.example/0' };

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

const delivery = (number: number, more: object = {}): KeptDelivery => {
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
  agentIds: ['desk'],
  jobs: 2,
  handed: [0, 1, 1].map((number) => ({ number, jobId: `job_${number}` })),
  endOf: (number) => `https://end.example/${number}`,
  rows: [row(0), row(1)],
  evidence: new Map([0, 1].map((number) => [`job_${number}`, { fence: 2, agentId: 'desk' } as EvidencePayload])),
  deliveries: [delivery(0), delivery(1), delivery(1)],
  quota: { used: 3, lostAtMost: 1 },
  log: [
    logged('job.leased', 0, { fence: 1 }),
    logged('job.leased', 0, { fence: 2 }),
    logged('result.accepted', 0, { agentId: 'desk' }),
    logged('result.accepted', 0, { agentId: 'desk' }),
    logged('event.published', 0, { eventId: 'evt_0' }),
    logged('job.leased', 9, { accountId: 'demo' }),
  ],
};

test('takes repeats of one answer, one result and one event, and a unit that a kill cost', () => {
  expect(judge(GOOD)).toEqual([]);
});

test.each<[string, Partial<Facts>]>([
  ['1 of 2 jobs were taken', { handed: GOOD.handed.slice(0, 1), rows: [row(0)] }],
  ['the key of job 1 made several jobs', { handed: [...GOOD.handed, { number: 1, jobId: 'job_0' }] }],
  ['job_1 is lost', { rows: [row(0)] }],
  ["job_2 is nobody's", { rows: [row(0), row(1), row(2)] }],
  [
    'job_1 is failed (attempts_exhausted)',
    { rows: [row(0), row(1, { state: 'failed', endReason: 'attempts_exhausted' })] },
  ],
  ["job_1 has another link's result", { rows: [row(0), row(1, { result: RESULT })] }],
  ['job_1 was done by desk', { agentIds: ['other'] }],
  ['job_1 had 3 attempts under 2 fences', { rows: [row(0), row(1, { attempts: 3 })] }],
  ["job_1 has another lease's evidence", { rows: [row(0), row(1, { fence: 3 })] }],
  ["job_0 has another lease's evidence", { evidence: new Map() }],
  ['the delivery evt_1 has no good signature', { deliveries: [delivery(0), delivery(1, { isGenuine: false })] }],
  ['job_1 has 0 events', { deliveries: [delivery(0)] }],
  ['job_1 has 2 events', { deliveries: [delivery(0), delivery(1), delivery(1, { id: 'evt_x' })] }],
  ['an event is about job_2, of others', { deliveries: [...GOOD.deliveries, delivery(2)] }],
  [
    'an event of job_1 does not say what its row says',
    { deliveries: [delivery(0), delivery(1, { event: { ...delivery(1).event, type: 'link.failed' } })] },
  ],
  ['2 jobs took only 1 units', { quota: { used: 1, lostAtMost: 1 } }],
  ['2 units are lost, where the kills explain 1', { quota: { used: 4, lostAtMost: 1 } }],
  ['logged: {"level":"ERROR"', { log: [{ level: 'ERROR', message: 'dependency.failed' }] }],
  ['job_0 is in another account', { log: [logged('job.leased', 0, { accountId: 'demo' })] }],
  ['job_9 is not of this account', { log: [logged('job.leased', 9)] }],
  ['job_0 was leased under the fences 1, 1', { log: [1, 1].map((fence) => logged('job.leased', 0, { fence })) }],
  [
    'results of 2 agents were accepted for job_0',
    { log: ['desk', 'other'].map((agentId) => logged('result.accepted', 0, { agentId })) },
  ],
  [
    '2 events were published of job_0',
    { log: ['evt_0', 'evt_1'].map((eventId) => logged('event.published', 0, { eventId })) },
  ],
])('says: %s', (finding, broken) => {
  expect(judge({ ...GOOD, ...broken }).join('\n')).toContain(finding);
});
