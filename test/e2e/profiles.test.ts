// Every signature profile against a running relay: partners and consumers use their own code, and bad requests are refused.
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INBOUND_PROFILES, OUTBOUND_PROFILES, type OutboundProfileId } from '../../lib/protocol/profiles/profiles.ts';
import { RECEIVERS } from '../existing-code/node-receivers.mjs';
import { type Laptop, makeWarmDataDir, startLaptop, until } from '../support/laptop/laptop.ts';
import { secretsOfLaptop } from '../support/laptop/laptop-secrets.ts';
import {
  type Credential,
  credentialOf,
  PARTNERS,
  type Partner,
  partnerOf,
  signAs,
} from '../support/laptop/partners.ts';
import { type RawAnswer, type RawRequest, send, submission } from '../support/laptop/requests.ts';
import { createLeakFinder } from '../support/leaks.ts';
import { type Consumers, type ReceivedWebhook, startConsumers } from './consumers.ts';
import { signInPython } from './python-partner.ts';
import { sendTo } from './send-to.ts';

const dataDir = makeWarmDataDir();
let consumers: Consumers;
let laptop: Laptop;
/** One submission of each partner, in the order of PARTNERS. */
let submitted: readonly Submitted[];

beforeAll(async () => {
  consumers = await startConsumers(dataDir.path);
  laptop = await startLaptop(dataDir.path, consumers.words);
  submitted = await Promise.all(PARTNERS.map((partner) => submitAs(partner)));
}, 90_000);

afterAll(async () => {
  await laptop?.interrupt();
  consumers?.stop();
  dataDir.remove();
});

interface Submitted {
  readonly request: RawRequest;
  readonly answer: RawAnswer;
}

const submittedBy = (partner: Partner) => submitted[PARTNERS.indexOf(partner)] as Submitted;

const newJob = () => submission(`profiles-${randomUUID()}`, laptop.state.demoSite);

async function submitAs(partner: Partner, by?: Credential): Promise<Submitted> {
  const request = await signAs(partner, laptop.state, { body: newJob(), ...(by && { by }) });
  return { request, answer: await send(request) };
}

/** Waits until every consumer has a webhook about the job, and returns all of them. */
function webhooksAbout(jobId: string): Promise<readonly ReceivedWebhook[]> {
  return until(`a webhook about ${jobId} under each outbound profile`, () => {
    const found = consumers.received.filter(({ body }) => body.includes(jobId));
    return new Set(found.map(({ profile }) => profile)).size === OUTBOUND_PROFILES.length ? found : undefined;
  });
}

const secretOf = (profile: OutboundProfileId) =>
  laptop.state.ownWebhooks.find((own) => own.profile === profile)?.secret ?? '';

/** Returns what a caller can learn from an answer, without the parts that differ between any two requests. */
const comparable = ({ request, answer: { status, headers, json } }: Submitted) => ({
  ...{ ...json, requestId: '', serverTime: '' },
  ...{ status, headerNames: [...headers.keys()].sort(), saw: Object.keys(json.saw) },
  sawTheBody: json.saw.bodySha256 === createHash('sha256').update(request.body).digest('hex'),
});

const changeLastByte = ({ body, ...rest }: RawRequest): RawRequest => ({ ...rest, body: `${body.slice(0, -1)} ` });

test('covers each inbound profile with a partner, and each outbound one with a consumer', () => {
  expect(new Set(PARTNERS.map(({ profile }) => profile))).toEqual(new Set(INBOUND_PROFILES));
  expect(laptop.state.keys.map(({ keyId }) => keyId).sort()).toEqual(PARTNERS.map(({ keyId }) => keyId).sort());
  expect(laptop.state.ownWebhooks.map(({ profile }) => profile)).toEqual([...OUTBOUND_PROFILES]);
});

describe.each(PARTNERS)('a partner with $keyId', (partner) => {
  test('submits a job with its own code, every consumer’s own code accepts the webhook, and a GET reads the job', async () => {
    const { answer } = submittedBy(partner);
    expect(answer.status).toBe(202);
    const { jobId } = answer.json;
    for (const { status, headers } of await webhooksAbout(jobId))
      expect([status, headers['x-webhook-event']]).toEqual([204, 'link.resolved']);
    const read = await send(await signAs(partner, laptop.state, { method: 'GET', path: `/api/links/${jobId}` }));
    expect(read.status).toBe(200);
    expect(read.json).toMatchObject({ jobId, state: 'completed', attempts: 1, result: { conclusion: 'valid' } });
  });

  test('gets nonce_replayed for the same bytes again', async () => {
    const { request } = submittedBy(partner);
    expect(await send(request)).toMatchObject({ status: 409, json: { code: 'nonce_replayed', retryable: true } });
  });

  test('gets signature_invalid for a body that was changed by one byte, and the one-time value stays unused', async () => {
    const request = await signAs(partner, laptop.state, { body: newJob() });
    expect(await send(changeLastByte(request))).toMatchObject({ status: 401, json: { code: 'signature_invalid' } });
    expect((await send(request)).status).toBe(202);
  });

  test('gets the same answer for an unknown key, a wrong secret and another profile’s key', async () => {
    const own = credentialOf(laptop.state, partner.keyId);
    const { secret: wrong } = credentialOf(laptop.state, 'demo-link-peeler');
    const wrongSecret = isOfKeyPair(partner) ? anotherPrivateKey() : `${wrong}x`;
    const [unknownKey, ...others] = await Promise.all(
      [
        { ...own, keyId: 'nobody' },
        { ...own, secret: wrongSecret },
        { ...own, keyId: nextOf(partner).keyId },
      ].map(async (by) => comparable(await submitAs(partner, by))),
    );
    expect(unknownKey).toMatchObject({ status: 401, code: 'signature_invalid', sawTheBody: true });
    expect(unknownKey).not.toHaveProperty('suspicion');
    expect(others).toEqual([unknownKey, unknownKey]);
  });
});

test.each(PARTNERS.filter((partner) => !isOfKeyPair(partner) && !isOfKeyPair(nextOf(partner))))(
  'names the suspicion other_profile for a request of $keyId with the key and secret of another profile',
  async (partner) => {
    const { answer } = await submitAs(partner, credentialOf(laptop.state, nextOf(partner).keyId));
    expect(answer).toMatchObject({ status: 401, json: { code: 'signature_invalid', suspicion: 'other_profile' } });
  },
);

function isOfKeyPair({ keyId }: Partner): boolean {
  return keyId.endsWith('ed25519');
}

function nextOf(partner: Partner): Partner {
  return PARTNERS[(PARTNERS.indexOf(partner) + 1) % PARTNERS.length] as Partner;
}

function anotherPrivateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

test('accepts vouchersx in upper-case hex, and treats it as the same request as in lower case', async () => {
  const request = await signAs(partnerOf('vouchersx'), laptop.state, { body: newJob() });
  const [time, hex = ''] = (request.headers['x-signature'] ?? '').split(',v1=');
  const upperCase = { ...request, headers: { ...request.headers, 'x-signature': `${time},v1=${hex.toUpperCase()}` } };
  expect(upperCase).not.toEqual(request);
  expect((await send(upperCase)).status).toBe(202);
  expect((await send(request)).json).toMatchObject({ status: 409, code: 'nonce_replayed' });
  expect((await send(upperCase)).json).toMatchObject({ status: 409, code: 'nonce_replayed' });
});

test.each(['vouchersx', 'daylight', 'nitro'] as const)(
  'refuses a POST without a body under %s, and names the alternative',
  async (profile) => {
    const answer = await send(await signAs(partnerOf(profile), laptop.state, { body: '' }));
    expect(answer).toMatchObject({ status: 403, json: { code: 'not_permitted', retryable: false } });
    expect(answer.json.detail).toContain(`${profile} signs neither method nor path`);
    expect(answer.json.detail).toContain('Send {} if the request has no fields');
  },
);

test.each(INBOUND_PROFILES.map((profile, at) => [profile, INBOUND_PROFILES.at(at - 1) ?? profile] as const))(
  'refuses a request with valid signatures under both %s and %s as malformed',
  async (first, second) => {
    const body = newJob();
    const requests = await Promise.all([first, second].map((id) => signAs(partnerOf(id), laptop.state, { body })));
    const headers = Object.assign({}, ...requests.map((request) => request.headers));
    const answer = await send({ ...(requests[0] as RawRequest), headers });
    expect(answer).toMatchObject({ status: 400, json: { code: 'request_malformed' } });
  },
);

test.each(['demo-rfc9421', 'demo-rfc9421-ed25519'])(
  'refuses a valid signature of %s for another host, even with that Host header, and accepts both of the laptop’s names',
  async (keyId) => {
    const partner = PARTNERS.find((candidate) => candidate.keyId === keyId) as Partner;
    const { port } = new URL(laptop.state.baseUrl);
    const signFor = (baseUrl: string) => signAs(partner, { ...laptop.state, baseUrl }, { body: newJob() });
    const malformed = { status: 400, code: 'request_malformed' };
    expect(await sendTo(laptop.state.baseUrl, await signFor('http://other.example'))).toEqual(malformed);
    expect(await sendTo(laptop.state.baseUrl, await signFor(`http://other.example:${port}`))).toEqual(malformed);
    expect(await sendTo(laptop.state.baseUrl, await signFor(`http://localhost:${port}`))).toMatchObject({
      status: 202,
    });
    expect(await sendTo(laptop.state.baseUrl, await signFor(laptop.state.baseUrl))).toMatchObject({ status: 202 });
  },
);

describe('deliveries', () => {
  let about: readonly ReceivedWebhook[];

  beforeAll(async () => {
    about = await webhooksAbout(submittedBy(partnerOf('nitro')).answer.json.jobId);
  });

  const deliveryUnder = (profile: OutboundProfileId) =>
    about.find((webhook) => webhook.profile === profile) as ReceivedWebhook;

  test('are verified by the libraries of Standard Webhooks, Svix and Stripe', () => {
    const { headers, body } = deliveryUnder('standard-webhooks');
    const event = JSON.parse(body.toString());
    const secret = secretOf('standard-webhooks');
    expect(new StandardWebhook(secret).verify(body.toString(), headers)).toEqual(event);
    expect(() => new SvixWebhook(secret).verify(body.toString(), headers)).not.toThrow();
    expect(() => new SvixWebhook(secret).verify(`${body} `, headers)).toThrow('No matching signature');
    const vouchersx = deliveryUnder('vouchersx');
    const stripes = [vouchersx.body, vouchersx.headers['x-signature'] ?? '', secretOf('vouchersx')] as const;
    expect(Stripe.webhooks.constructEvent(...stripes)).toEqual(event);
    expect(vouchersx.headers['x-partner-slug']).toBe('own-vouchersx');
  });

  test.each(OUTBOUND_PROFILES)('under %s are refused by the same consumer with another body or secret', (profile) => {
    const { headers, body, path } = deliveryUnder(profile);
    const receive = RECEIVERS[profile](secretOf(profile));
    expect(receive(headers, body, path, Date.now())).toBe(204);
    expect(receive(headers, Buffer.concat([body, Buffer.from(' ')]), path, Date.now())).not.toBe(204);
    const other = secretOf(profile === 'tolinku' ? 'standard-webhooks' : 'tolinku');
    expect(RECEIVERS[profile](other)(headers, body, path, Date.now())).not.toBe(204);
  });

  test('were never refused, including those of the demo’s job', async () => {
    const atLeast = OUTBOUND_PROFILES.length * (PARTNERS.length + 1);
    await until('the deliveries of every job', () => consumers.received.length >= atLeast);
    expect(consumers.received.filter(({ status }) => status !== 204)).toEqual([]);
  });
});

const python = spawnSync('python3', ['--version']);
if (python.error) console.warn('Skipped the requests of a Python partner, because python3 is not on the PATH.');

test.skipIf(python.error)(
  'accepts jobs from a Python partner’s own code under each HMAC profile (skipped without python3)',
  async () => {
    const schemes = ['link-peeler', 'vouchersx', 'daylight', 'nitro'] as const;
    const toSend = schemes.map((scheme) => ({ scheme, body: newJob() }));
    const signed = signInPython(laptop.state, toSend);
    const url = `${laptop.state.baseUrl}/api/links/fetch`;
    for (const [at, { body }] of toSend.entries()) {
      const headers = { 'content-type': 'application/json', ...signed[at] };
      expect((await send({ method: 'POST', url, headers, body })).status).toBe(202);
    }
  },
);

test('shows no secret of any key or endpoint in its output or in the functions’ log', () => {
  const log = readFileSync(join(dataDir.path, 'functions.log'), 'utf8');
  expect(log).toContain('delivery.attempted');
  const secrets = secretsOfLaptop(dataDir.path);
  expect(secrets.length).toBeGreaterThanOrEqual(PARTNERS.length + 1 + OUTBOUND_PROFILES.length);
  const find = createLeakFinder(secrets);
  expect([find(log), find(laptop.output())]).toEqual([[], []]);
});
