// The whole relay as its users see it: real processes, real HTTP, and signing and verifying code that is not ours.
import { execFile } from 'node:child_process';
import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { compactVerify, importJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../bin/signet/operator/target.ts';
import { describeApi } from '../../lib/relay/openapi/describe-api.ts';
import { run } from '../bin/signet/operator/run-in-process.ts';
import { findLeaks } from '../bin/signet/operator/watched-life.ts';
import { wholeLife } from '../bin/signet/operator/whole-life.ts';
import { deliveriesOf, deliveryOf } from '../support/laptop/deliveries.ts';
import { type Laptop, makeWarmDataDir, ROOT, spawnStart, startLaptop, until } from '../support/laptop/laptop.ts';
import { modesOfSecretFiles, readOtherFiles, readServices, secretsOfLaptop } from '../support/laptop/laptop-secrets.ts';
import { type PausedServer, startPausedServer } from '../support/laptop/paused-server.ts';
import { type RawAnswer, readJob, send, signRequest, submission } from '../support/laptop/requests.ts';
import { type KnownSecret, secretBytes, secretText } from '../support/leaks.ts';

const dataDir = makeWarmDataDir();
let laptop: Laptop;
/** A user's own consumer. It holds its answers until the relay is ready. */
let slowConsumer: PausedServer;

beforeAll(async () => {
  slowConsumer = await startPausedServer();
  laptop = await startLaptop(dataDir.path, ['--webhook', `standard-webhooks=${slowConsumer.url}`]);
  slowConsumer.resume();
}, 90_000);

afterAll(async () => {
  await laptop?.interrupt();
  slowConsumer?.stop();
  dataDir.remove();
});

const newKey = () => `e2e-${randomUUID()}`;

async function submitOne() {
  const key = newKey();
  const body = submission(key, laptop.state.demoSite);
  const request = signRequest(laptop.state, body);
  const answer = await send(request);
  return { key, body, request, answer, jobId: answer.json.jobId as string };
}

describe('the main path', () => {
  test('prints each step, the signed bytes and the cost', () => {
    const output = laptop.output();
    expect(output).toMatch(/ 1 {2}The partner signs a request/);
    expect(output).toMatch(/\d{10}\.[0-9a-f-]{36}\.\{"idempotencyKey":"demo-/);
    expect(output).toMatch(/301 {2}http.*\n.*302 {2}http.*\n.*307 {2}http.*\n.*200 {2}http/);
    expect(output).toMatch(/webhook-signature: v1,/);
    expect(output).toMatch(/On AWS this job would cost \d+ billable operations/);
  });

  test('accepts a Link Peeler user’s existing code with only endpoint, key and secret replaced', async () => {
    const [key] = laptop.state.keys;
    const client = join(ROOT, 'test/e2e/link-peeler-client.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [client, newKey(), laptop.state.demoSite], {
      env: {
        LINK_PEELER_ENDPOINT: laptop.state.baseUrl,
        LINK_PEELER_KEY: key?.keyId,
        LINK_PEELER_SECRET: key?.secret,
      },
    });
    const { jobId } = JSON.parse(stdout);
    const { event } = await deliveryOf(laptop.state, jobId);
    expect(event.type).toBe('link.resolved');
    expect(event.data.job.result).toMatchObject({ conclusion: 'valid', reason: 'final_ok', hopCount: 4, ready: true });
    expect(event.data.job.result?.finalUrl).toMatch(/\/shop\/spring-sale$/);
    expect(event.data.job).toMatchObject({ source: 'crm', rowId: 'row-17', state: 'completed' });
  });

  test('stores evidence that verifies with the agent’s public key', async () => {
    const { jobId } = await submitOne();
    await deliveryOf(laptop.state, jobId);
    const request = signRequest(laptop.state, '', { method: 'GET', path: `/api/links/${jobId}/evidence` });
    const { status, text } = await send(request);
    expect(status).toBe(200);
    const { port } = new URL(laptop.state.baseUrl);
    const identity = JSON.parse(readFileSync(join(dataDir.path, `agent-${port}`, 'identity.json'), 'utf8'));
    const key = await importJWK({ ...createPublicKey(identity.privateKeyPem).export({ format: 'jwk' }), alg: 'EdDSA' });
    const { payload, protectedHeader } = await compactVerify(text, key);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'signet-evidence+jws', kid: laptop.state.agent.id });
    expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({ jobId, fence: 1, conclusion: 'valid' });
  });
});

test('sends each event once to a slow consumer of a new relay', async () => {
  expect(laptop.output()).toContain(`Webhooks (standard-webhooks) go to ${slowConsumer.url} too.`);
  expect(laptop.output()).not.toContain('last run');
  const { jobId } = await submitOne();
  const { id } = await deliveryOf(laptop.state, jobId);
  const received = () => slowConsumer.visits.map((headers) => headers['webhook-id']);
  await until('the slow consumer has it too', () => received().includes(id));
  expect(received().length).toBeGreaterThanOrEqual(2);
  expect(new Set(received()).size).toBe(received().length);
});

test('serves the valid OpenAPI description that every answer in these tests is checked against', async () => {
  const { status, json } = await send({
    method: 'GET',
    url: `${laptop.state.baseUrl}/openapi.json`,
    headers: {},
    body: '',
  });
  expect(status).toBe(200);
  expect(json).toEqual(JSON.parse(JSON.stringify(describeApi())));
  expect(await new Validator().validate(json)).toEqual({ valid: true });
});

describe('a bad or repeated request', () => {
  const countOf = (name: string, jobId: string) =>
    laptop.events().filter((event) => event['message'] === name && event['jobId'] === jobId).length;

  test('is refused with nonce_replayed if it has the same bytes', async () => {
    const { request } = await submitOne();
    const { status, json, headers } = await send(request);
    expect(status).toBe(409);
    expect(json).toMatchObject({ code: 'nonce_replayed', retryable: true });
    expect(headers.get('retry-after')).toBe('1');
    expect(headers.get('content-type')).toBe('application/problem+json');
  });

  test('returns the same job for the same idempotency key with a new signature, and sends no second message', async () => {
    const first = await submitOne();
    expect(first.answer.status).toBe(202);
    expect(first.answer.headers.get('location')).toBe(`/api/links/${first.jobId}`);
    const repeat = await send(signRequest(laptop.state, first.body));
    expect(repeat.status).toBe(200);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(repeat.json.jobId).toBe(first.jobId);
    await deliveryOf(laptop.state, first.jobId);
    const counts = ['job.admitted', 'job.leased', 'pointer.dropped'].map((name) => countOf(name, first.jobId));
    expect(counts).toEqual([1, 1, 0]);
    expect(await deliveriesOf(laptop.state, first.jobId)).toHaveLength(1);
  });

  test('makes one job, one message and one used unit if it is sent a hundred times at once', async () => {
    const used = async () => (await send(signRequest(laptop.state, '', { method: 'GET', path: '/api/quota' }))).json;
    const before = await used();
    const body = submission(newKey(), laptop.state.demoSite);
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(signRequest(laptop.state, body))));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(99);
    expect(new Set(answers.map(({ json }) => json.jobId)).size).toBe(1);
    expect((await used()).month.used).toBe(before.month.used + 1);
    const [{ json: job }] = answers as [RawAnswer];
    await deliveryOf(laptop.state, job.jobId);
    // A second message would be leased or dropped, and counted.
    const counts = ['job.admitted', 'job.leased', 'pointer.dropped'].map((name) => countOf(name, job.jobId));
    expect(counts).toEqual([1, 1, 0]);
  });

  test('is refused with signature_invalid if the body was changed by one byte', async () => {
    const request = signRequest(laptop.state, submission(newKey(), laptop.state.demoSite));
    const { status, json } = await send({ ...request, body: request.body.replace('"rowId":"1"', '"rowId":"2"') });
    expect(status).toBe(401);
    expect(json).toMatchObject({ code: 'signature_invalid', retryable: false });
  });

  test('is refused with the server time if its timestamp is ten minutes old', async () => {
    const tenMinutesAgo = Math.floor(Date.now() / 1000) - 600;
    const body = submission(newKey(), laptop.state.demoSite);
    const { status, json } = await send(signRequest(laptop.state, body, { timestampSeconds: tenMinutesAgo }));
    expect(status).toBe(401);
    expect(json).toMatchObject({ code: 'timestamp_out_of_range', retryable: true });
    expect(Math.abs(Date.parse(json.serverTime) - Date.now())).toBeLessThan(60_000);
    expect(json.detail).toContain(json.serverTime.slice(0, 16));
  });

  test('gets the same answer for an unknown key as for an invalid signature', async () => {
    const body = submission(newKey(), laptop.state.demoSite);
    const unknown = await send(signRequest(laptop.state, body, { keyId: 'nobody' }));
    const wrong = await send(signRequest(laptop.state, body, { secret: 'another' }));
    // The answers describe the caller's own bytes, and each request has another nonce.
    const comparable = ({ json }: typeof wrong) => {
      const { signedContentSha256, ...saw } = json.saw;
      return { ...json, requestId: '', serverTime: '', saw: { ...saw, hashBytes: signedContentSha256.length / 2 } };
    };
    expect(unknown.status).toBe(wrong.status);
    expect(comparable(unknown)).toEqual(comparable(wrong));
    expect(wrong.json.code).toBe('signature_invalid');
    expect(wrong.json.saw.bodySha256).toBe(createHash('sha256').update(body).digest('hex'));
  });

  test('is refused for another body with the same idempotency key, and shows nothing of the first job', async () => {
    const { key, jobId } = await submitOne();
    const { status, json, text } = await send(signRequest(laptop.state, submission(key, 'https://example.com/other')));
    expect(status).toBe(422);
    expect(json.code).toBe('idempotency_key_reused');
    expect(text).not.toContain(jobId);
    expect(text).not.toContain('/click');
  });

  test('is refused with the path of each invalid field', async () => {
    const { status, json } = await send(signRequest(laptop.state, '{"idempotencyKey":"k","trackingUrl":7,"oops":1}'));
    expect(status).toBe(422);
    expect(json.code).toBe('validation_failed');
    expect(json.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      '/oops',
      '/rowId',
      '/source',
      '/trackingUrl',
    ]);
  });

  test('is refused if its target is a link-local address', async () => {
    const { status, json } = await send(
      signRequest(laptop.state, submission(newKey(), 'http://169.254.169.254/latest/meta-data')),
    );
    expect(status).toBe(422);
    expect(json.code).toBe('url_refused');
  });
});

describe('secrets', () => {
  const IMPORTED = "an imported Secret's&2718281828";
  const local = `--local=${dataDir.path}`;
  const places: { where: string; text: string }[] = [];
  /** The secrets that commands showed once. */
  const shown: KnownSecret[] = [];

  async function signet(...words: string[]) {
    const { code, out, err } = await run([...words, local], {
      open: openTarget,
      environment: { SIGNET_SECRET: IMPORTED },
      nowMs: Date.now,
    });
    const [secret = ''] = /\b(?:sk|whsec|set)_[A-Za-z0-9+/_=-]{20,}/.exec(out) ?? [];
    if (secret.startsWith('set_')) {
      const { t } = JSON.parse(Buffer.from(secret.slice(4), 'base64url').toString());
      shown.push(secretText('an enrolment token', t), secretBytes('an enrolment token', Buffer.from(t, 'base64url')));
    } else if (secret !== '') shown.push(secretText(`what signet ${words.join(' ')} showed`, secret));
    places.push({ where: `what signet ${words.join(' ')} prints`, text: [out.replace(secret, ''), err].join(' ') });
    return code;
  }

  beforeAll(async () => {
    const { jobId } = await submitOne();
    await deliveryOf(laptop.state, jobId);
    const agent = laptop.state.agent.id;
    // No server listens at this URL.
    const names = {
      account: laptop.state.accountId,
      agent,
      job: jobId,
      publicKeyFile: '-',
      url: 'http://127.0.0.1:1/',
    };
    const codes: number[] = [];
    for (const { words } of wholeLife(names).filter(({ words }) => !words.includes('-')))
      codes.push(await signet(...words));
    expect(codes.filter((code) => code === 0).length).toBeGreaterThan(35);
    // The account has no agent, so the message stays in the queue.
    await signet('key', 'create', 'fresh4fresh4fres', '--profile', 'link-peeler', '--key-id', 'fresh');
    const by = { keyId: 'fresh', secret: `sk_${shown.at(-1)?.texts[0]}` };
    expect((await send(signRequest(laptop.state, submission(newKey(), laptop.state.demoSite), by))).status).toBe(202);
    places.push({ where: 'what npm start prints', text: laptop.output() });
    places.push(...(await readServices(dataDir.path)), ...readOtherFiles(dataDir.path));
  });

  const known = () => [...secretsOfLaptop(dataDir.path), ...shown, secretText('what was imported', IMPORTED)];

  test('occur in no log line, metric, row, message, template or output', () => {
    const all = places.map(({ where }) => where);
    for (const kind of [/^functions\.log$/, /template\.json$/, /^row /, /^message /, /sqlite/, /prints$/])
      expect(all.filter((where) => kind.test(where))).not.toEqual([]);
    expect(places.find(({ where }) => where === 'functions.log')?.text).toContain('"_aws"');
    expect(shown.length).toBeGreaterThanOrEqual(8);
    expect(findLeaks(places, known())).toEqual([]);
  });

  test('are found by the check in each of these places if they are put there', () => {
    const secrets = known();
    const leaky = places.map(({ where, text }, index) => {
      const { what, texts, bytes } = secrets[index % secrets.length] as KnownSecret;
      return { what, where, text: `${text.slice(-500)}${texts[0] ?? bytes[0]?.toString('base64')}` };
    });
    const expected = leaky.map(({ what, where }) => `${what}: in ${where}`);
    expect(findLeaks(leaky, secrets)).toEqual(expect.arrayContaining(expected));
  });

  test('are in files that only their owner can read', () => {
    const modes = modesOfSecretFiles(dataDir.path);
    expect(modes.length).toBeGreaterThanOrEqual(4);
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  });
});

test('refuses a second start in the same data directory, and keeps running', async () => {
  const lines: string[] = [];
  const second = await spawnStart(['--data-dir', dataDir.path], (line) => lines.push(line));
  expect(await second.exited).toBe(4);
  expect(lines.join('\n')).toContain(`already running here (process ${laptop.state.pid}`);
  const { jobId } = await submitOne();
  expect((await until('the job is read', () => readJob(laptop.state, jobId))).status).toBe(200);
});
