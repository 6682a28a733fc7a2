// The costs of the relay: each request to AWS by name, and DynamoDB's units, as AWS bills them. docs/reference.md has the same table.
import { beforeAll, describe, expect, test } from 'vitest';
import { billableOperations, type MeterReading } from '../../lib/local/cloud/meter/meter.ts';
import { REFERENCE, tableUnder } from '../docs/documents.ts';
import { HAS_OWN_DYNAMODB } from '../support/services/own-dynamodb.ts';
import { type Costs, JOBS_PER_POLL, measureCosts } from './measure.ts';
import { type Bill, billOf, DOLLARS_PER_MILLION, dollarsFor, gbSecondsAt } from './prices.ts';

interface Price {
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly dynamodb: Readonly<Record<string, number>>;
  readonly sqs: Readonly<Record<string, number>>;
  readonly apiGateway: Readonly<Record<string, number>>;
  readonly lambda: Readonly<Record<string, number>>;
  /** The number of receives that found no message. */
  readonly emptyReceives?: number;
}

/** The counts of one call of the links function, without the table and the queues. */
const linksCall = (method: string) => ({ apiGateway: { [method]: 1 }, lambda: { links: 1 } });

const REQUESTS = {
  submit: {
    ...linksCall('POST'),
    // The one-time value, the quota, and the row with an entry in both indexes.
    writeUnits: 5,
    readUnits: 1,
    dynamodb: { PutItem: 2, GetItem: 1, UpdateItem: 1 },
    sqs: { SendMessage: 1 },
  },
  repeat: { ...linksCall('POST'), writeUnits: 1, readUnits: 1, dynamodb: { PutItem: 1, GetItem: 1 }, sqs: {} },
  readEnded: { ...linksCall('GET'), writeUnits: 1, readUnits: 1, dynamodb: { PutItem: 1, GetItem: 1 }, sqs: {} },
  readWithoutClaim: { ...linksCall('GET'), writeUnits: 0, readUnits: 1, dynamodb: { GetItem: 1 }, sqs: {} },
  readWaiting: {
    ...linksCall('GET'),
    writeUnits: 1,
    readUnits: 1.5,
    dynamodb: { PutItem: 1, GetItem: 1, Query: 1 },
    sqs: {},
  },
  listPage: {
    ...linksCall('GET'),
    writeUnits: 1,
    // 50 rows, 51 entries of the index, and the account's agents.
    readUnits: 52,
    dynamodb: { PutItem: 1, Query: 2, BatchGetItem: 1 },
    sqs: {},
  },
  // The one-time value, the row, its entry in the index of due work, and the refund.
  cancel: {
    ...linksCall('POST'),
    writeUnits: 4,
    readUnits: 1,
    dynamodb: { PutItem: 1, GetItem: 1, UpdateItem: 2 },
    sqs: {},
  },
  batchOf100: {
    ...linksCall('POST'),
    writeUnits: 302,
    readUnits: 100,
    dynamodb: { PutItem: 101, BatchGetItem: 1, UpdateItem: 1 },
    sqs: { SendMessageBatch: 10 },
  },
  repeatedBatchOf100: {
    ...linksCall('POST'),
    writeUnits: 1,
    readUnits: 100,
    dynamodb: { PutItem: 1, BatchGetItem: 1 },
    sqs: {},
  },
} as const satisfies Partial<Record<keyof Costs, Price>>;

/** The counts of one call of the agent function, without the table and the queues. */
const AGENT_CALL = { apiGateway: { POST: 1 }, lambda: { agent: 1 } };

const PULLS = {
  // The rows that the pointers name, the one-time value with the pull's claim, and the row.
  lease: {
    ...AGENT_CALL,
    writeUnits: 2,
    readUnits: 1,
    dynamodb: { BatchGetItem: 1, PutItem: 1, UpdateItem: 1 },
    sqs: { ReceiveMessage: 1 },
  },
  // One pointer, and then forty at a time: 101 rows are read in four batches. The last two receives of ten find nothing.
  leaseBehindStale: {
    ...AGENT_CALL,
    writeUnits: 2,
    readUnits: 101,
    dynamodb: { BatchGetItem: 4, PutItem: 1, UpdateItem: 1 },
    sqs: { ReceiveMessage: 11, DeleteMessageBatch: 11 },
    emptyReceives: 2,
  },
  // The one-time value, and the rows that its claim names.
  repeatedPull: { ...AGENT_CALL, writeUnits: 0, readUnits: 2, dynamodb: { GetItem: 1, BatchGetItem: 1 }, sqs: {} },
  renew: {
    ...AGENT_CALL,
    writeUnits: 1,
    readUnits: 0,
    dynamodb: { UpdateItem: 1 },
    sqs: { ChangeMessageVisibilityBatch: 1 },
  },
  release: {
    ...AGENT_CALL,
    writeUnits: 1,
    readUnits: 0,
    dynamodb: { UpdateItem: 1 },
    sqs: { ChangeMessageVisibilityBatch: 1 },
  },
  // The evidence, the row, and its entry in the index of due work.
  report: {
    ...AGENT_CALL,
    writeUnits: 4,
    readUnits: 1,
    dynamodb: { GetItem: 1, PutItem: 1, UpdateItem: 1 },
    sqs: { DeleteMessageBatch: 1 },
  },
} as const satisfies Partial<Record<keyof Costs, Price>>;

/** Each shard of the index is queried once. Each row is written with its index entry, which moves. */
const SWEEP: Price = {
  writeUnits: 300,
  readUnits: 108,
  dynamodb: { Query: 16, BatchGetItem: 1, UpdateItem: 100 },
  sqs: { SendMessageBatch: 10 },
  apiGateway: {},
  lambda: { sweep: 1 },
};

/** Seven units for one-time values, quota, row, index entries and lease; two for evidence, two for the end, one for the delivery. */
const WHOLE_JOB = {
  writeUnits: 12,
  readUnits: 3.5,
  dynamodb: { PutItem: 5, GetItem: 2, BatchGetItem: 1, UpdateItem: 3, Query: 1 },
  sqs: { SendMessage: 1, ReceiveMessage: 2, SendMessageBatch: 1, DeleteMessageBatch: 2 },
} as const;

const WHOLE_JOBS = {
  jobAlone: { ...WHOLE_JOB, apiGateway: { POST: 3 }, lambda: { links: 1, agent: 2, publish: 1, deliver: 1 } },
  jobInFlow: { ...WHOLE_JOB, apiGateway: { POST: 2 }, lambda: { links: 1, agent: 1, publish: 1, deliver: 1 } },
  // The counts of all ten jobs.
  tenJobs: {
    writeUnits: 93,
    readUnits: 30.5,
    dynamodb: { PutItem: 32, BatchGetItem: 2, GetItem: 10, UpdateItem: 21, Query: 1 },
    sqs: { SendMessageBatch: 2, ReceiveMessage: 2, DeleteMessageBatch: 2 },
    apiGateway: { POST: 3 },
    lambda: { links: 1, agent: 2, publish: 1, deliver: 1 },
  },
} as const satisfies Partial<Record<keyof Costs, Price>>;

const IDLE_HOUR: Price = {
  writeUnits: 6,
  readUnits: 120,
  dynamodb: { GetItem: 120, UpdateItem: 6 },
  sqs: {},
  apiGateway: { POST: 60 },
  lambda: { agent: 60 },
  // A poll receives once.
  emptyReceives: 60,
};

const PRICES: Readonly<Record<keyof Costs, Price>> = {
  ...REQUESTS,
  ...PULLS,
  ...WHOLE_JOBS,
  idleHour: IDLE_HOUR,
  sweepOf100: SWEEP,
};

let costs: Costs;
beforeAll(async () => {
  costs = await measureCosts();
});

const priceOf = ({ writeUnits, readUnits, calls, emptyReceives }: MeterReading): Price => {
  const { dynamodb, sqs, apiGateway, lambda } = calls;
  const price = { writeUnits, readUnits, dynamodb, sqs, apiGateway, lambda };
  return emptyReceives > 0 ? { ...price, emptyReceives } : price;
};

// ministack counts half a unit for every read.
test.runIf(HAS_OWN_DYNAMODB).each(Object.keys(PRICES) as (keyof Costs)[])(
  'counts the same requests and units for %s as before',
  (what) => {
    expect(priceOf(costs[what])).toEqual(PRICES[what]);
  },
);

describe('the budget of the reference job', () => {
  test('allows 12 write units for a single job, and 24 requests while jobs keep coming', () => {
    expect(costs.jobAlone.writeUnits).toBeLessThanOrEqual(12);
    expect(costs.jobInFlow.writeUnits).toBeLessThanOrEqual(12);
    expect(billableOperations(costs.jobInFlow)).toBeLessThanOrEqual(24);
  });

  test('allows 9.5 write units and 11 requests for each of ten jobs', () => {
    expect(costs.tenJobs.writeUnits / JOBS_PER_POLL).toBeLessThanOrEqual(9.5);
    expect(billableOperations(costs.tenJobs) / JOBS_PER_POLL).toBeLessThanOrEqual(11);
  });

  test('allows one write unit and no message for a repeat', () => {
    expect(costs.repeat.writeUnits).toBeLessThanOrEqual(1);
    expect(costs.repeat.calls.sqs).toEqual({});
  });

  test('allows 12 write units for an hour of an idle agent', () => {
    expect(costs.idleHour.writeUnits).toBeLessThanOrEqual(12);
  });
});

/** The rows of docs/reference.md in order, each with the measurement and the number of jobs to divide it by. */
const ROWS: readonly (readonly [string, keyof Costs, number])[] = [
  ['a job, from submission to webhook', 'jobAlone', 1],
  ['the same in a steady flow', 'jobInFlow', 1],
  ['the same in tens', 'tenJobs', JOBS_PER_POLL],
  ['submit a job', 'submit', 1],
  ['repeat the submission', 'repeat', 1],
  ['submit a batch of 100', 'batchOf100', 1],
  ['repeat the batch', 'repeatedBatchOf100', 1],
  ['read a terminal job', 'readEnded', 1],
  ['read it, signed as rfc9421', 'readWithoutClaim', 1],
  ['read a queued job with its pending reason', 'readWaiting', 1],
  ['list a page of 50 queued jobs', 'listPage', 1],
  ['cancel a job', 'cancel', 1],
  ['a poll that leases one job', 'lease', 1],
  ['the same behind 100 stale pointers', 'leaseBehindStale', 1],
  ['the same poll again, after a lost answer', 'repeatedPull', 1],
  ['renew a lease', 'renew', 1],
  ['release a lease', 'release', 1],
  ['report a result', 'report', 1],
  ['an idle agent for an hour', 'idleHour', 1],
  ['a sweep that enqueues 100 jobs again', 'sweepOf100', 1],
];

test.runIf(HAS_OWN_DYNAMODB)('agrees with the table in docs/reference.md', () => {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const real = ROWS.map(([what, name, jobs]) => {
    const { writeUnits, readUnits, calls, emptyReceives } = costs[name];
    const requests = [sum(calls.dynamodb), sum(calls.sqs) + emptyReceives, sum(calls.apiGateway), sum(calls.lambda)];
    const counts = [writeUnits, readUnits, ...requests, billableOperations(costs[name]) + emptyReceives];
    const time = gbSecondsAt(0.1, costs[name]);
    return [what, ...[...counts, time].map((count) => String(Number((count / jobs).toFixed(4))))];
  });
  expect(tableUnder(REFERENCE, 'Costs')).toEqual(real);
});

describe.runIf(HAS_OWN_DYNAMODB)('an idle agent', () => {
  const NAMES: Readonly<Record<keyof Bill, string>> = {
    apiRequests: 'API requests',
    invocations: 'invocations',
    gbSeconds: 'GB-seconds, at 50 ms a poll',
    sqsRequests: 'SQS requests',
    readUnits: 'read units',
    writeUnits: 'write units',
  };
  /** Returns the bill of 30 days. A warm poll that finds nothing takes less than 50 ms. */
  const monthly = () => billOf(costs.idleHour, { seconds: 0.05, times: 30 * 24 });
  const total = (bill: Bill) =>
    Object.entries(bill).reduce((sum, [what, count]) => sum + dollarsFor(what as keyof Bill, count), 0);

  test('costs at most $0.09 a month', () => {
    expect(total(monthly())).toBeLessThanOrEqual(0.09);
  });

  test('costs what docs/reference.md says', () => {
    const bill = monthly();
    const rows = Object.entries(NAMES).map(([key, name]) => {
      const what = key as keyof Bill;
      const dollars = dollarsFor(what, bill[what]).toFixed(4);
      return [name, bill[what].toLocaleString('en-US'), `$${DOLLARS_PER_MILLION[what]}`, `$${dollars}`];
    });
    expect(tableUnder(REFERENCE, 'An idle agent')).toEqual([...rows, ['all', '', '', `$${total(bill).toFixed(4)}`]]);
  });
});
