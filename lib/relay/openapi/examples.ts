// The examples of the OpenAPI document. The tests hold them equal to what a relay answers.
import type {
  AuthCheck,
  BatchResponse,
  EnrollRequest,
  EnrollResponse,
  JobView,
  LinkSubmission,
  PullRequest,
  PullResponse,
  QuotaView,
  TimelineResponse,
} from '../../protocol/messages.ts';
import type { JobList } from '../model/answer-schemas.ts';

const NOW = '2026-11-22T12:00:00.250Z';

export const submission: LinkSubmission = {
  idempotencyKey: 'order-000123',
  trackingUrl: 'https://click.example.com/r/8f2c1d7e?campaign=autumn',
  source: 'newsletter',
  rowId: 'row-000123',
  expectedDomain: 'shop.example.org',
  context: { acceptLanguage: 'de' },
  metadata: { customer: 'C-17' },
};

export const queuedJob: JobView = {
  jobId: 'job_adolnjq6sebzxbql6netpxuvqddsda2gaywztvakwwcm7hgz6j4q',
  state: 'queued',
  ...submission,
  pool: 'default',
  attempts: 0,
  createdAt: NOW,
  updatedAt: NOW,
  deadlineAt: '2026-11-23T12:00:00.250Z',
};

export const batch = {
  jobs: [submission, { ...submission, idempotencyKey: 'order-000124', trackingUrl: 'http://10.0.0.1/' }],
};

export const batchOutcome: BatchResponse = {
  items: [
    { status: 202, job: queuedJob },
    {
      status: 422,
      problem: {
        type: 'urn:signet:problem:url_refused',
        title: 'The relay does not follow this tracking URL',
        status: 422,
        code: 'url_refused',
        detail: 'trackingUrl must not name an address outside the public internet.',
        retryable: false,
        requestId: 'JKJaXmPLvHcESHA=',
        serverTime: NOW,
        errors: [{ path: '/trackingUrl', message: 'must not name an address outside the public internet' }],
      },
    },
  ],
};

export const cancellation = { jobId: queuedJob.jobId };

export const canceledJob: JobView = { ...queuedJob, state: 'canceled' };

export const completedJob: JobView = {
  ...queuedJob,
  state: 'completed',
  attempts: 1,
  result: {
    conclusion: 'valid',
    reason: 'final_ok',
    finalUrl: 'https://shop.example.org/products/winter-boots-42',
    ready: true,
    checkedAt: NOW,
    validUntil: '2026-11-23T12:00:00.250Z',
    agentId: 'agt_abcdefghijklmnopqrstuvwxyz',
    hopCount: 4,
  },
};

export const timeline: TimelineResponse = {
  events: [
    { at: NOW, type: 'accepted' },
    { at: NOW, type: 'sent', resends: 0 },
    {
      at: NOW,
      type: 'leased',
      agentId: 'agt_abcdefghijklmnopqrstuvwxyz',
      fence: 1,
      leaseUntil: '2026-11-22T12:02:00.250Z',
    },
  ],
};

export const quota: QuotaView = {
  month: { limit: 1000, used: 1, remaining: 999, resetsAt: '2026-12-01T00:00:00.000Z' },
  minute: { limit: 600, used: 1, remaining: 599, resetsAt: '2026-11-22T12:01:00.000Z' },
};

export const jobList: JobList = { jobs: [{ ...queuedJob, pendingReason: 'no_agent_online' }] };

export const authCheck: AuthCheck = {
  keyId: 'partner-1',
  profile: 'link-peeler',
  algorithm: 'hmac-sha256',
  clockOffsetSeconds: -0.25,
  saw: {
    bodyBytes: 17,
    bodySha256: '54e254e57e4f4de6bdba7655bade04547144079f0d98602e9a1725bc90d4d579',
    signedContentBytes: 65,
    signedContentSha256: '5b8c0d8dcdeeba3b66a18c50ff9c7c818a78669512f201e7df6357129180f441',
  },
  signedContent: { escaped: '1795348800.5b1f9c1e-7f0a-4b57-9f0e-0d3c9a3f4d21.{"hello":"relay"}', isWhole: true },
  serverTime: NOW,
};

export const enrollment: EnrollRequest = {
  token: 'dGhpcyBpcyBhbiBlbnJvbG1lbnQgdG9rZW4gICAgICA',
  publicKey: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  name: 'desk 4',
};

export const enrolled: EnrollResponse = {
  agentId: 'agt_ghcafiwqu3y5f3yetc73gosdkw',
  accountId: 'acme4acme4acme4a',
  pool: 'default',
  labels: ['berlin'],
  serverTime: NOW,
};

export const pull: PullRequest = {
  want: 1,
  agent: {
    instance: 'mUq8Tq2Yf3s9QvJ1c0b7Xw',
    version: '0.1.0',
    platform: 'linux',
    host: 'desk-4',
    concurrency: 4,
    capabilities: [],
    state: 'running',
  },
};

export const pulled: PullResponse = {
  accepted: [],
  rejected: [],
  renewed: [],
  jobs: [
    {
      lease: {
        jobId: queuedJob.jobId,
        createdAt: NOW,
        fence: 1,
        leaseUntil: '2026-11-22T12:02:00.250Z',
        receipt: 'receipt-1',
      },
      job: { ...queuedJob, state: 'leased', attempts: 1 },
    },
  ],
  nextPollSeconds: 0,
  pace: '1.1795348800.1795348800.da175a80',
  serverTime: NOW,
};

export const healthy = { status: 'ok', serverTime: NOW };
