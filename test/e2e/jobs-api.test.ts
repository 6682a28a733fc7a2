// Canceling and listing jobs of a running relay, with the effects on its agent and consumer; and hostile requests.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES, type Route } from '../../lib/api/routes.ts';
import { RelayClient } from '../../lib/client/index.ts';
import { deliveriesOf, deliveryOf } from '../support/laptop/deliveries.ts';
import { type Laptop, makeWarmDataDir, startLaptop, until } from '../support/laptop/laptop.ts';
import {
  type Credential,
  credentialOf,
  partnerOf,
  signAs,
  signMessage as signMessageBy,
} from '../support/laptop/partners.ts';
import { type RawAnswer, readJob, send, signRequest, submission } from '../support/laptop/requests.ts';
import { HOSTILE_BODIES, type HostileBody, STRAY_REQUESTS } from './hostile-requests.ts';

const dataDir = makeWarmDataDir();
let laptop: Laptop;
/** A server that never answers. */
let slowSite: Server;
const visited = new Set<string | undefined>();

beforeAll(async () => {
  slowSite = createServer(({ url }) => visited.add(url)).listen(0, '127.0.0.1');
  laptop = await startLaptop(dataDir.path);
}, 90_000);

afterAll(async () => {
  slowSite.close();
  slowSite.closeAllConnections();
  await laptop?.interrupt();
  dataDir.remove();
});

const rfc9421 = partnerOf('rfc9421');
const vouchersx = partnerOf('vouchersx');

/** Submits a job whose target never answers. Returns the job's id. */
async function submitSlow(key = `jobs-${randomUUID()}`): Promise<string> {
  const { port } = slowSite.address() as AddressInfo;
  const { status, json } = await send(
    signRequest(laptop.state, submission(key, `http://127.0.0.1:${port}/${encodeURIComponent(key)}`)),
  );
  expect(status).toBe(202);
  return json.jobId;
}

const cancel = async (jobId: string) =>
  send(signRequest(laptop.state, JSON.stringify({ jobId }), { path: '/api/links/cancel' }));

const stateOf = async (jobId: string) => (await readJob(laptop.state, jobId)).json.state;

describe('a cancel', () => {
  test('ends a job that an agent works on, sends one webhook, and refuses the agent’s result', async () => {
    const key = `jobs-${randomUUID()}`;
    const jobId = await submitSlow(key);
    await until('the agent is at work', () => visited.has(`/${key}`));
    expect(await cancel(jobId)).toMatchObject({ status: 200, json: { jobId, state: 'canceled' } });
    expect(await cancel(jobId)).toMatchObject({ status: 200, json: { jobId, state: 'canceled' } });
    const { event } = await deliveryOf(laptop.state, jobId);
    expect(event).toMatchObject({ type: 'link.canceled', data: { job: { jobId, state: 'canceled' } } });
    slowSite.closeAllConnections();
    const refused = await until('the agent’s result is refused', () =>
      laptop.events().find(({ message, jobId: about }) => message === 'result.refused' && about === jobId),
    );
    expect(refused).toMatchObject({ problem: 'lease_lost' });
    expect(await stateOf(jobId)).toBe('canceled');
    expect(await deliveriesOf(laptop.state, jobId)).toHaveLength(1);
  });

  test('is refused for a job that has ended', async () => {
    const key = `jobs-${randomUUID()}`;
    const { jobId } = (await send(signRequest(laptop.state, submission(key, laptop.state.demoSite)))).json;
    await deliveryOf(laptop.state, jobId);
    expect(await cancel(jobId)).toMatchObject({ status: 409, json: { code: 'job_finished', retryable: false } });
  });

  test('is accepted as a DELETE under a profile that signs method and path, and as a POST under any profile', async () => {
    const [path, otherId] = [`/api/links/${await submitSlow()}`, await submitSlow()];
    const byUnbound = await send(await signAs(vouchersx, laptop.state, { method: 'DELETE', path }));
    expect(byUnbound).toMatchObject({ status: 403, json: { code: 'not_permitted', error: 'not_permitted' } });
    const byBound = await send(await signAs(rfc9421, laptop.state, { method: 'DELETE', path }));
    expect(byBound).toMatchObject({ status: 200, json: { state: 'canceled' } });
    const body = JSON.stringify({ jobId: otherId });
    const byPost = await send(await signAs(vouchersx, laptop.state, { path: '/api/links/cancel', body }));
    expect(byPost).toMatchObject({ status: 200, json: { jobId: otherId, state: 'canceled' } });
    expect((await deliveryOf(laptop.state, otherId)).event.type).toBe('link.canceled');
  });

  test('answers not_found for an unknown job', async () => {
    expect(await cancel(`job_${'a'.repeat(52)}`)).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });
});

describe('a list', () => {
  test('returns 50 jobs in a page, newest first, each once', async () => {
    const client = new RelayClient({
      baseUrl: laptop.state.baseUrl,
      profile: 'rfc9421',
      ...credentialOf(laptop.state, rfc9421.keyId),
    });
    const since = new Date();
    const submitted: string[] = [];
    while (submitted.length < 52) submitted.push(await submitSlow());
    const first = await client.listPage({ since });
    expect([first.jobs.length, typeof first.cursor]).toEqual([50, 'string']);
    const listed = await Array.fromAsync(client.list({ since }));
    expect(listed.map(({ jobId }) => jobId).toSorted()).toEqual(submitted.toSorted());
    const waiting = first.jobs.filter(({ state }) => state === 'queued');
    expect(new Set(waiting.map(({ pendingReason }) => pendingReason))).toEqual(new Set(['agents_busy']));
    const times = listed.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().toReversed());
    const [last = ''] = submitted.slice(-1);
    await client.cancel(last);
    const canceled = await Array.fromAsync(client.list({ since, state: 'canceled' }));
    expect(canceled.map(({ jobId }) => jobId)).toEqual([last]);
  });

  test('finds a job by its idempotency key, with a signature that covers the query', async () => {
    const key = `Größe 1+1=2 & 50% “täglich” ${randomUUID()}`;
    const jobId = await submitSlow(key);
    const path = `/api/links?idempotencyKey=${encodeURIComponent(key)}`;
    const request = await signAs(rfc9421, laptop.state, { method: 'GET', path });
    expect(await send(request)).toMatchObject({ status: 200, json: { jobs: [{ jobId, idempotencyKey: key }] } });
    const changed = await send({ ...request, url: `${request.url}1` });
    expect(changed).toMatchObject({ status: 401, json: { code: 'signature_invalid' } });
  });

  test('names the invalid parameter', async () => {
    const path = '/api/links?state=done';
    const { status, json } = await send(signRequest(laptop.state, '', { method: 'GET', path }));
    expect([status, json.errors[0].path]).toEqual([422, '/state']);
  });
});

describe('hostile requests', () => {
  const posts = Object.entries(ROUTES).filter(([, { method }]) => method === 'POST');
  const signMessage = signMessageBy('ed25519');

  /** Returns a credential of the route's audience, so that the body is parsed. */
  function signerFor(route: Route): Credential {
    if (route.audience === 'partner') return credentialOf(laptop.state, 'demo-rfc9421-ed25519');
    const { port } = new URL(laptop.state.baseUrl);
    const identity = readFileSync(join(dataDir.path, `agent-${port}`, 'identity.json'), 'utf8');
    return { keyId: laptop.state.agent.id, secret: JSON.parse(identity).privateKeyPem };
  }

  async function sendTo(route: Route, { body, headers }: HostileBody): Promise<RawAnswer> {
    const request = { method: 'POST', url: laptop.state.baseUrl + route.path, body };
    const signed = await signMessage(signerFor(route), request);
    return send({ ...request, headers: { ...signed, ...headers } });
  }

  const used = async () =>
    (await send(signRequest(laptop.state, '', { method: 'GET', path: '/api/quota' }))).json.month.used;

  const batches = HOSTILE_BODIES.filter(({ isBatch }) => isBatch).map(({ what }) => what);

  test.each(posts)('%s refuses every hostile body, uses no quota and keeps working', async (name, route) => {
    const before = await used();
    const accepted: string[] = [];
    for (const hostile of HOSTILE_BODIES) {
      const { status, json } = await sendTo(route, hostile);
      if (status === 200) accepted.push(hostile.what);
      else expect([401, 413, 415, 422], `${hostile.what}: ${status} ${json.code}`).toContain(status);
      if (status === 200 && name === 'submitBatch')
        expect(new Set(json.items.map((item: { status: number }) => item.status))).toEqual(new Set([422]));
    }
    // checkAuth does not parse the body.
    if (name !== 'checkAuth') expect(accepted).toEqual(name === 'submitBatch' ? batches : []);
    expect(await used()).toBe(before);
  });

  test.each(STRAY_REQUESTS)('%s %s is refused with %i', async (method, path, status) => {
    const answer = await send({ method, url: laptop.state.baseUrl + path, headers: {}, body: '' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });
});
