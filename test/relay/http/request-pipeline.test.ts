// The request pipeline: which of two faults is answered, when a one-time value is claimed, and what is logged.
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../../lib/api/problems.ts';
import { DependencyUnavailable } from '../../../lib/relay/model/ports.ts';
import { MINUTE } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission, withHeaders } from '../../support/relay/world.ts';
import { FAULTS, sendWith, toRequest } from './planned-request.ts';

describe('a submission with one fault', () => {
  it.each(FAULTS)('is answered with $problem: $name', async ({ problem, apply }) => {
    const { answer } = await sendWith(await createWorld(), [apply]);
    expect(answer).toMatchObject({ status: PROBLEMS[problem].status, json: { code: problem } });
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  it('is accepted without the fault', async () => {
    const { answer } = await sendWith(await createWorld(), []);
    expect(answer.status).toBe(202);
  });
});

describe('a submission with two faults', () => {
  const pairs = FAULTS.flatMap((earlier, index) => FAULTS.slice(index + 1).map((later) => ({ earlier, later })));
  it.each(pairs)('is answered for $earlier.name, not for $later.name', async ({ earlier, later }) => {
    const { answer } = await sendWith(await createWorld(), [earlier.apply, later.apply]);
    expect(answer.json).toMatchObject({ code: earlier.problem });
    const isUnknownPool = answer.json.errors?.some(({ path }: { path: string }) => path === '/pool') ?? false;
    expect(isUnknownPool).toBe(earlier.name.includes('pool'));
  });
});

describe('the one-time value', () => {
  const checkedBefore = FAULTS.slice(
    0,
    FAULTS.findIndex(({ problem }) => problem === 'nonce_replayed'),
  );
  const checkedAfter = FAULTS.slice(checkedBefore.length + 1);

  it.each(checkedBefore)('is not claimed for $name, so that strangers cannot fill the store', async ({ apply }) => {
    expect((await sendWith(await createWorld(), [apply])).claimed).toBe(0);
  });

  it.each(checkedAfter)('is claimed for $name', async ({ apply }) => {
    const world = await createWorld();
    const { plan, claimed } = await sendWith(world, [apply]);
    expect(claimed).toBe(1);
    expect((await world.ask(toRequest(world, plan))).json).toMatchObject({ code: 'nonce_replayed', retryable: true });
  });

  it('stays claimed when a service behind the relay fails afterwards', async () => {
    const world = await createWorld();
    const failing = async () => {
      throw new DependencyUnavailable('SQS', { cause: new Error('down') });
    };
    world.ports.queues = { ...world.ports.queues, send: failing };
    const { plan, answer } = await sendWith(world, []);
    expect(answer).toMatchObject({ status: 503, json: { code: 'dependency_unavailable', retryable: true } });
    expect((await world.ask(toRequest(world, plan))).json.code).toBe('nonce_replayed');
  });

  it('may be used again once the first timestamp is out of range', async () => {
    const world = await createWorld();
    const { plan } = await sendWith(world, []);
    world.time.nowMs += 10 * MINUTE;
    expect((await world.ask(toRequest(world, plan))).json.code).toBe('timestamp_out_of_range');
    plan.timestampMs = world.time.nowMs;
    expect((await world.ask(toRequest(world, plan))).status).toBe(200);
  });

  it('does not make a captured submission valid as a read without its body', async () => {
    const world = await createWorld();
    const { plan } = await sendWith(world, []);
    const moved = { ...toRequest(world, plan), method: 'GET', path: '/api/links/job_1', body: Buffer.alloc(0) };
    expect((await world.ask(moved)).json.code).toBe('signature_invalid');
  });
});

describe('media types', () => {
  it.each([
    ['application/json', 202],
    ['application/json; charset=utf-8', 202],
    ['Application/JSON;charset="UTF-8"', 202],
    ['application/json; charset=iso-8859-1', 415],
    ['application/json, text/plain', 415],
    ['application/jsonp', 415],
    ['', 415],
  ])('answers %j with %i', async (contentType, status) => {
    const { answer } = await sendWith(await createWorld(), [
      (plan) => {
        plan.contentType = contentType;
      },
    ]);
    expect(answer.status).toBe(status);
  });

  it('refuses an encoded body, and accepts the encoding identity', async () => {
    const world = await createWorld();
    const ask = (encoding: string) =>
      world.ask(
        withHeaders(world.signedByPartner('POST', '/api/links/fetch', sampleSubmission()), {
          'content-encoding': encoding,
        }),
      );
    expect((await ask('gzip')).status).toBe(415);
    expect((await ask('identity')).status).toBe(202);
  });
});

describe('a failure of the relay', () => {
  it('is answered with a retryable 503 when a service behind the relay fails, and the log names the service', async () => {
    const world = await createWorld();
    world.ports.directory.findKey = async () => {
      throw new DependencyUnavailable('DynamoDB', { cause: new RangeError('secret detail') });
    };
    const answer = await world.submit(sampleSubmission());
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, json: { retryable: true } });
    expect(answer.text).not.toMatch(/DynamoDB|secret detail/);
    expect(world.events).toMatchObject([
      {
        problem: 'dependency_unavailable',
        reason: 'DependencyUnavailable: DynamoDB did not answer as it should: RangeError',
      },
    ]);
  });

  it.each([
    ['an error', new Error('secret detail')],
    ['a value that is not an error', 'secret detail'],
  ])('is answered with 500 and no details when %s is thrown', async (_what, thrown) => {
    const world = await createWorld();
    world.ports.directory.findKey = async () => {
      throw thrown;
    };
    const answer = await world.submit(sampleSubmission());
    expect(answer).toMatchObject({ status: 500, json: { code: 'internal_error', retryable: true } });
    expect(answer.text).not.toContain('secret detail');
  });
});

describe('the log', () => {
  it('has one line for a refusal, without secret, signature or body', async () => {
    const world = await createWorld();
    const { answer } = await sendWith(world, [
      (plan) => {
        plan.isWrongSecret = true;
      },
    ]);
    expect(world.events).toEqual([
      {
        event: 'request.refused',
        requestId: answer.json.requestId,
        route: 'POST /api/links/fetch',
        problem: 'signature_invalid',
        reason: 'no active secret gives this signature',
        keyId: world.partner.key.keyId,
      },
    ]);
  });

  it('alone has the reason of a wrong signature; the answer does not', async () => {
    const { answer } = await sendWith(await createWorld(), [
      (plan) => {
        plan.isWrongSecret = true;
      },
    ]);
    expect(answer.text).not.toContain('no active secret');
  });
});
