// The examples of the OpenAPI document: each fits its schema, and a relay accepts and answers exactly these.
import { describe, expect, it } from 'vitest';
import { hashToken } from '../../../lib/protocol/enrollment-token.ts';
import { createValidation, type Json } from '../../support/relay/described-answers.ts';
import { bodyOf, document, exampleOf, operations } from '../../support/relay/open-api-document.ts';
import { ACCOUNT, NOW, sampleGrant, sampleJob, sampleLease, sampleResult } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, plainRequest, withHeaders } from '../../support/relay/world.ts';
import { ed25519Pair, signMessage } from '../../support/signing/signing.ts';

describe('every example', () => {
  const validate = createValidation(document);
  const media = operations.flatMap(({ path, method, requestBody, responses }) => {
    const at = ['paths', path, method.toLowerCase()];
    const bodies = requestBody ? [{ at: [...at, 'requestBody'], content: requestBody.content }] : [];
    const answers = Object.entries<Json>(responses).map(([status, { content = {} }]) => ({
      at: [...at, 'responses', status],
      content,
    }));
    return [...bodies, ...answers].flatMap(({ at, content }) =>
      Object.entries<Json>(content).map(([type, entry]) => ({ at: [...at, 'content', type, 'schema'], ...entry })),
    );
  });

  it('fits its schema', () => {
    const faults = media.flatMap(({ at, example, examples = {} }) => [
      ...(example === undefined ? [] : validate(at, example)),
      ...Object.keys(examples).flatMap((code) => validate(at, document.components.examples[code].value)),
    ]);
    expect(faults).toEqual([]);
  });

  it('exists for every JSON body and answer except the document itself', () => {
    const without = media.filter(
      ({ at, example, examples }) => !example && !examples && at.at(-2) !== 'application/jose',
    );
    expect(without.map(({ at }) => at[1])).toEqual(['/openapi.json']);
  });

  it('is what the relay answers: jobs, for the example of a submission', async () => {
    const world = await createWorld();
    const submit = () => world.submit(bodyOf('submitLink'));
    expect(await submit()).toMatchObject({ status: 202, json: exampleOf('submitLink', 202) });
    expect((await submit()).json).toEqual(exampleOf('submitLink'));
    expect((await world.get('/api/links')).json).toEqual(exampleOf('listLinks'));
    const cancel = world.signedByPartner('POST', '/api/links/cancel', bodyOf('cancelLink'));
    expect((await world.ask(cancel)).json).toEqual(exampleOf('cancelLink'));
    const { jobId } = bodyOf('cancelLink');
    const remove = world.signedByPartner('DELETE', `/api/links/${jobId}`);
    expect((await world.ask(remove)).json).toEqual(exampleOf('deleteLink'));
  });

  it('is what the relay answers: a batch', async () => {
    const world = await createWorld();
    const answer = await world.ask(world.signedByPartner('POST', '/api/links/fetch/batch', bodyOf('submitBatch')));
    const [accepted, refused] = answer.json.items;
    const { requestId } = exampleOf('submitBatch').items[1].problem;
    expect([accepted, { ...refused, problem: { ...refused.problem, requestId } }]).toEqual(
      exampleOf('submitBatch').items,
    );
  });

  it('is what the relay answers: the quota and its headers, after one job', async () => {
    const world = await createWorld();
    const { headers } = await world.submit(bodyOf('submitLink'));
    for (const name of ['RateLimit-Policy', 'RateLimit'])
      expect(headers[name.toLowerCase()]).toBe(document.components.headers[name].example);
    expect((await world.get('/api/quota')).json).toEqual(exampleOf('getQuota'));
  });

  it('is what the relay answers: the timeline of a leased job', async () => {
    const world = await createWorld();
    const { json } = await world.submit(bodyOf('submitLink'));
    const [, , { agentId }] = exampleOf('getTimeline').events;
    await world.pull(bodyOf('pullJobs'), await world.makeAgent(2, { keyId: agentId }));
    expect((await world.get(`/api/links/${json.jobId}/timeline`)).json).toEqual(exampleOf('getTimeline'));
  });

  it('is what the relay answers: a completed job', async () => {
    const world = await createWorld();
    const { source, rowId, ...rest } = bodyOf('submitLink');
    const job = sampleJob({ submission: { ...rest, source, rowId } });
    const { result } = exampleOf('getLink');
    await world.ports.jobs.create(job, NOW);
    const lease = sampleLease({ agentId: result.agentId, nowMs: NOW, leaseUntil: NOW + 1 });
    await world.ports.jobs.lease(job, lease);
    const hold = { ...job, fence: 1, agentId: result.agentId };
    const end = { result: sampleResult({ finalUrl: result.finalUrl }), evidenceSha256: '', nowMs: NOW };
    await world.ports.jobs.complete(hold, end);
    expect((await world.get(`/api/links/${job.jobId}`)).json).toEqual(exampleOf('getLink'));
  });

  it('is what the relay answers: a pull', async () => {
    const world = await createWorld();
    await world.submit(bodyOf('submitLink'));
    expect((await world.pull(bodyOf('pullJobs'))).json).toEqual(exampleOf('pullJobs'));
  });

  it('is what the relay answers: an enrolment', async () => {
    const world = await createWorld();
    const body = bodyOf('enrollAgent');
    await world.ports.registry.putGrant(
      sampleGrant({ tokenSha256: hashToken(body.token), labels: exampleOf('enrollAgent').labels }),
    );
    const request = plainRequest({ method: 'POST', path: '/agent/enroll', body: bytesOf(body) });
    const keyId = 'If4x36FUomFia_hUBG_SJxt77UtqvkWqWId-9H-XIbk';
    const signing = { keyId, timestampMs: NOW, nonce: 'nonce-of-the-example', tag: 'signet-enroll' };
    const signed = withHeaders(request, signMessage(request, ed25519Pair(1).privateKey, signing));
    expect((await world.ask(signed)).json).toEqual(exampleOf('enrollAgent'));
    expect(exampleOf('enrollAgent').accountId).toBe(ACCOUNT.accountId);
  });

  it('is what the relay answers: the dry run', async () => {
    const world = await createWorld();
    const request = plainRequest({ method: 'POST', path: '/api/auth/check', body: bytesOf(bodyOf('checkAuth')) });
    const nonce = '5b1f9c1e-7f0a-4b57-9f0e-0d3c9a3f4d21';
    const { json } = await world.ask(world.signed(request, world.partner, { nonce }));
    expect({ ...json, keyId: 'partner-1' }).toEqual(exampleOf('checkAuth'));
  });

  it('is what the relay answers: the health check', async () => {
    const world = await createWorld();
    expect((await world.ask(plainRequest({ path: '/healthz' }))).json).toEqual(exampleOf('health'));
  });
});
