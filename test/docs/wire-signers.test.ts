// Every signer of the wire document, run unchanged: its signatures are accepted, and only for the signed body.
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalState } from '../../lib/local/state-file.ts';
import type { ReceivedRequest } from '../../lib/protocol/http-message.ts';
import { INBOUND_PROFILES, type InboundProfileId, PROFILES } from '../../lib/protocol/profiles/profiles.ts';
import { formatPublicKey } from '../../lib/protocol/signatures/ed25519-public-key.ts';
import { parseSignedRequest } from '../../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../../lib/protocol/signatures/verify-request.ts';
import { requestOf } from '../support/protocol/claims.ts';
import { fence } from './wire-document.ts';
import {
  importModule,
  makeScratch,
  type PythonAnswer,
  type PythonCall,
  REFUSAL,
  recordRequests,
  runPython,
  runShell,
  testWith,
} from './wire-runtimes.ts';

const SECRET = 'sk_pässwörd-of-a-partner';
const KEY_ID = 'partner_1-a';
const secretKey = createSecretKey(SECRET, 'utf8');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

interface Signer {
  readonly profile: InboundProfileId;
  readonly algorithm: 'hmac-sha256' | 'ed25519';
}

const SIGNERS: readonly Signer[] = [
  ...INBOUND_PROFILES.map((profile) => ({ profile, algorithm: 'hmac-sha256' }) as const),
  { profile: 'rfc9421', algorithm: 'ed25519' },
];

const BODIES = [
  '{"idempotencyKey":"1","trackingUrl":"https://a.example/?x=1"}',
  '{"name":"Zürich → 東京 🚀"}\r\n',
  '',
  String.fromCharCode(...Array(128).keys()),
];

const RELAYS = ['https://relay.example/api/links/fetch', 'https://Relay.example:8443/api/links/fetch?a=%2F&b'];

/** Returns the one-time value of an accepted request, or why it is refused. */
function judge({ profile, algorithm }: Signer, request: ReceivedRequest, key?: KeyObject): string {
  const claim = parseSignedRequest(request);
  if (!claim.ok) return `${claim.problem}: ${claim.reason}`;
  const material = [key ?? (algorithm === 'ed25519' ? publicKey : secretKey)];
  const verdict = verifyRequest(claim.value, { keyId: claim.value.keyId, profile, algorithm, material }, Date.now());
  if (!verdict.ok) return verdict.problem;
  return verdict.value.key.keyId === KEY_ID ? `accepted ${verdict.value.oneTimeValue.value}` : 'another key id';
}

/** Expects that the request is accepted, and that it is refused with a changed byte or for another key. */
function expectGenuine(signer: Signer, request: ReceivedRequest): void {
  expect(judge(signer, request)).toMatch(/^accepted/);
  const more = Buffer.concat([request.body, Buffer.from('.')]);
  const changed = Buffer.from(request.body).map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  // rfc9421 signs no digest of an empty body, so the added body is not covered.
  const undigested = signer.profile === 'rfc9421' && request.body.length === 0;
  const refusal = undigested ? /^request_malformed: .* cover content-digest$/ : /^signature_invalid$/;
  for (const body of [more, changed].filter((candidate) => Buffer.compare(candidate, request.body) !== 0))
    expect(judge(signer, { ...request, body })).toMatch(refusal);
  if (signer.profile === 'rfc9421') expect(judge(signer, { ...request, method: 'PUT' })).toBe('signature_invalid');
  const other =
    signer.algorithm === 'ed25519' ? generateKeyPairSync('ed25519').publicKey : createSecretKey('x', 'utf8');
  expect(judge(signer, request, other)).toBe('signature_invalid');
}

interface Sending {
  readonly url: string;
  readonly method: string;
  readonly body: string;
}

function requestTo({ url, method, body }: Sending, headers: Readonly<Record<string, string>>): ReceivedRequest {
  const { host, pathname: path, search } = new URL(url);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const to = { authority: host, gatewayAuthority: host, path, query: search.slice(1) };
  return requestOf({ ...to, method, headers: lower, body: Buffer.from(body) });
}

/** Expects different one-time values under profiles with a nonce. Other profiles have only the time to differ by. */
function expectFreshNonce(signer: Signer, requests: readonly ReceivedRequest[]): void {
  if (PROFILES[signer.profile].oneTimeValue !== 'nonce') return;
  const values = requests.map((request) => judge(signer, request));
  expect(new Set(values).size).toBe(requests.length);
}

const scratch = makeScratch();
let relay: Awaited<ReturnType<typeof recordRequests>>;

beforeAll(async () => {
  relay = await recordRequests();
});

afterAll(async () => {
  await relay.stop();
  scratch.remove();
});

const CASES: readonly Sending[] = RELAYS.flatMap((url) => [
  ...[...BODIES, BODIES[0] ?? ''].map((body) => ({ url, method: 'POST', body })),
  { url, method: 'GET', body: '' },
  { url, method: 'DELETE', body: '' },
]);
const JOB = { idempotencyKey: '1', source: 'Zürich' };

function takeOne(): ReceivedRequest {
  const [request, ...others] = relay.take();
  if (!request || others.length > 0) throw new Error('Exactly one request was expected.');
  return request;
}

function expectRead(signer: Signer, request: ReceivedRequest): void {
  expect(request).toMatchObject({ method: 'GET', path: '/api/links/job_1', body: Buffer.alloc(0) });
  expectGenuine(signer, request);
}

function expectJob(signer: Signer): void {
  const request = takeOne();
  expect(JSON.parse(request.body.toString())).toEqual(JOB);
  expectGenuine(signer, request);
}

describe('Node', () => {
  type Key = string | KeyObject;
  type Sign = (body: string | Buffer, keyId: string, key: Key, url: string, method: string) => Record<string, string>;
  type Send = (url: string, job: unknown, credentials: { keyId: string; secret: Key }) => Promise<Response>;

  async function load({ profile, algorithm }: Signer) {
    const source = `${fence(`js sign ${profile}`)}\n${fence('js send')}`;
    const { sign, send } = await importModule(scratch.path, profile, source);
    const key = profile !== 'rfc9421' ? SECRET : algorithm === 'ed25519' ? privateKey : secretKey;
    return { sign: sign as Sign, send: send as Send, key };
  }

  test.each(SIGNERS)('signs under $profile with $algorithm', async (signer) => {
    const { sign, key } = await load(signer);
    const signWith = (sending: Sending, body: string | Buffer) =>
      requestTo(sending, sign(body, KEY_ID, key, sending.url, sending.method));
    const asText = CASES.map((sending) => signWith(sending, sending.body));
    const asBytes = CASES.map((sending) => signWith(sending, Buffer.from(sending.body)));
    for (const request of [...asText, ...asBytes]) expectGenuine(signer, request);
    expectFreshNonce(signer, [...asText, ...asBytes]);
  });

  test.each(SIGNERS)('sends under $profile with $algorithm', async (signer) => {
    const { send, key } = await load(signer);
    const { status } = await send(`${relay.url}/api/links/fetch`, JOB, { keyId: KEY_ID, secret: key });
    expect(status).toBe(202);
    expectJob(signer);
    await send(`${relay.url}/api/links/job_1`, undefined, { keyId: KEY_ID, secret: key });
    expectRead(signer, takeOne());
  });
});

describe('Python', () => {
  const signers = SIGNERS.filter(({ algorithm }) => algorithm === 'hmac-sha256');

  function callsOf({ profile }: Signer): PythonCall[] {
    const source = `${fence(`python sign ${profile}`)}\n${fence('python send')}`;
    const sign = CASES.map(({ url, method, body }) => {
      return { source, call: 'sign', arguments: [Buffer.from(body), KEY_ID, SECRET, url, method] };
    });
    const paths = [
      ['/api/links/fetch', JOB],
      ['/api/links/job_1', null],
      ['/refused', JOB],
    ] as const;
    const send = paths.map(([path, job]) => {
      return { source, call: 'send', arguments: [`${relay.url}${path}`, job, KEY_ID, SECRET] };
    });
    return [...sign, ...send];
  }

  testWith(['python3'], 'signs under every inbound profile with hmac-sha256, sends, and shows a refusal', async () => {
    const answers = await runPython(signers.flatMap(callsOf));
    const received = relay.take();
    for (const signer of signers) {
      const requests = CASES.map((sending) => requestTo(sending, headersIn(answers.shift())));
      const [job, reading, refused] = received.splice(0, 3);
      if (!job || !reading || !refused) throw new Error('Three requests were expected.');
      expect([job, refused].map(({ body }) => JSON.parse(body.toString()))).toEqual([JOB, JOB]);
      expectRead(signer, reading);
      for (const request of [...requests, job, refused]) expectGenuine(signer, request);
      expectFreshNonce(signer, [...requests, job, reading, refused]);
      const shown = answers.splice(0, 3).map((answer) => ('value' in answer ? answer.value : answer.error));
      expect(shown).toEqual(["(202, b'')", "(202, b'')", `(401, b'${REFUSAL}')`]);
    }
    expect([...answers, ...received]).toEqual([]);
  });
});

function headersIn(answer: PythonAnswer | undefined): Record<string, string> {
  if (!answer || 'error' in answer) throw new Error(answer?.error);
  return answer.value as Record<string, string>;
}

describe('curl and openssl', () => {
  const writeKey = () =>
    writeFileSync(join(scratch.path, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));

  testWith(['curl', 'openssl'], 'sign and send under every inbound profile', async () => {
    writeKey();
    for (const signer of SIGNERS) {
      const env = { RELAY: relay.url, KEY_ID, SECRET, ALG: signer.algorithm };
      const script = `${fence('sh variables')}\n${fence(`sh sign ${signer.profile}`)}`;
      const times = PROFILES[signer.profile].oneTimeValue === 'nonce' ? 2 : 1;
      for (let time = 0; time < times; time += 1) await runShell(script, scratch.path, env);
      const requests = relay.take();
      expect(requests).toHaveLength(times);
      for (const request of requests) expectGenuine(signer, request);
      expectFreshNonce(signer, requests);
    }
  });

  testWith(['curl', 'openssl'], 'read a job, signed with the empty body', async () => {
    writeKey();
    for (const signer of SIGNERS.filter(({ profile }) => ['link-peeler', 'rfc9421'].includes(profile))) {
      const env = { RELAY: relay.url, KEY_ID, SECRET, ALG: signer.algorithm, JOB_ID: 'job_1' };
      await runShell(fence(`sh read ${signer.profile}`), scratch.path, env);
      expectRead(signer, takeOne());
    }
  });

  testWith(['openssl'], 'print the public key as it is registered', async () => {
    writeKey();
    expect(await runShell(fence('sh print public key'), scratch.path, {})).toBe(formatPublicKey(publicKey));
  });

  test('use the field names of local.json', () => {
    const names = ['baseUrl', 'keys'] as const satisfies readonly (keyof LocalState)[];
    const ofKeys = [
      'keyId',
      'secret',
      'privateKeyFile',
    ] as const satisfies readonly (keyof LocalState['keys'][number])[];
    for (const name of ['.signet/local.json', ...names, ...ofKeys]) expect(fence('sh variables')).toContain(name);
  });
});
