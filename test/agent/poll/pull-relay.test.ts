// Pulls over a real connection to the relay's own handlers: after a lost answer the same bytes receive the same leases.
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createDescription } from '../../../agent/poll/describe-agent.ts';
import { createPuller } from '../../../agent/poll/pull-relay.ts';
import { createRelayClock } from '../../../agent/relay/relay-clock.ts';
import { REPEAT_HEADER } from '../../../lib/protocol/http-message.ts';
import {
  type FakeRelay,
  type Intervention,
  send,
  sendProblem,
  startFakeRelay,
} from '../../support/agent/fake-relay.ts';
import { serveHttp } from '../../support/local-server.ts';
import { unique } from '../../support/relay/samples.ts';
import { createWorld, plainRequest, sampleSubmission } from '../../support/relay/world.ts';
import { ed25519Pair } from '../../support/signing/signing.ts';

const EMPTY = { accepted: [], rejected: [], renewed: [], jobs: [], nextPollSeconds: 1, pace: 'p' };

type Loss = 'connection' | 'gateway' | 'none';

/** Starts a relay that loses the given answers, after it has done everything that they report. */
async function startLossyRelay(losses: Loss[]) {
  const world = await createWorld();
  const headers: IncomingMessage['headers'][] = [];
  const server = await serveHttp(async (request, response) => {
    headers.push(request.headers);
    const { host = '' } = request.headers;
    const body = Buffer.concat(await request.toArray());
    const answer = await world.ask(
      plainRequest({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers as Record<string, string>,
        body,
        authority: host,
        gatewayAuthority: host,
      }),
    );
    const loss = losses.shift() ?? 'none';
    if (loss === 'connection') request.socket.destroy();
    else if (loss === 'gateway') response.writeHead(503).end('{"message":"Service Unavailable"}');
    else response.writeHead(answer.status, answer.headers).end(answer.text);
  });
  const { key, privateKey } = world.agent;
  const caller = { relayUrl: server.origin, keyId: key.keyId, privateKey, tag: 'signet' } as const;
  const clock = createRelayClock(
    () => world.time.nowMs,
    () => world.time.nowMs,
  );
  const pull = createPuller(caller, {
    clock,
    nonce: () => unique('nonce-of-an-agent-'),
    onSkew: () => {},
    describeAgent,
  });
  const plan = { want: 4, pace: undefined, renew: [], release: [], resultLimit: 10 };
  const ask = (again: boolean) => pull(plan, [], { again, signal: new AbortController().signal });
  return { world, headers, ask, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

const describeAgent = createDescription({
  terminal: { nonce: () => 'instance-of-an-agent', platform: 'linux' },
  version: '0.1.0',
  host: 'desk-4',
  concurrency: 4,
  isStopping: () => false,
});

const signaturesOf = (headers: readonly IncomingMessage['headers'][]) => headers.map((each) => each['signature']);
const repeatsOf = (headers: readonly IncomingMessage['headers'][]) => headers.map((each) => each[REPEAT_HEADER]);

test.each<Loss>(['connection', 'gateway'])('repeats the same bytes after the %s lost an answer', async (loss) => {
  await using relay = await startLossyRelay([loss, loss]);
  const { world, headers, ask } = relay;
  for (let made = 0; made < 3; made += 1) await world.submit(sampleSubmission());
  expect(await ask(false)).toMatchObject({ kind: 'retry' });
  expect(await ask(true)).toMatchObject({ kind: 'retry' });
  expect(await ask(true)).toMatchObject({ kind: 'answered', value: { jobs: [{}, {}, {}] } });
  expect(new Set(signaturesOf(headers)).size).toBe(1);
  expect(repeatsOf(headers)).toEqual([undefined, '1', '1']);
  expect(world.ports.jobs.all().map(({ fence, attempts }) => [fence, attempts])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
});

test('signs again when the signature may have become too old', async () => {
  await using relay = await startLossyRelay(['connection']);
  const { world, headers, ask } = relay;
  await ask(false);
  world.passSeconds(200);
  expect(await ask(true)).toMatchObject({ kind: 'answered' });
  expect(new Set(signaturesOf(headers)).size).toBe(2);
  expect(repeatsOf(headers)).toEqual([undefined, undefined]);
});

test('signs a first pull, because there is nothing to repeat', async () => {
  await using relay = await startLossyRelay([]);
  expect(await relay.ask(true)).toMatchObject({ kind: 'answered' });
  expect(repeatsOf(relay.headers)).toEqual([undefined]);
});

/** Returns a function that sends a new pull to the relay. */
function pullerFor(relayUrl: string) {
  const caller = { relayUrl, keyId: 'agent_0', privateKey: ed25519Pair(1).privateKey, tag: 'signet' } as const;
  const ports = {
    clock: createRelayClock(Date.now, Date.now),
    nonce: () => unique('nonce-of-an-agent-'),
    onSkew: () => {},
  };
  const pull = createPuller(caller, { ...ports, describeAgent });
  const plan = { want: 1, pace: undefined, renew: [], release: [], resultLimit: 10 };
  return () => pull(plan, [], { again: false, signal: new AbortController().signal });
}

const hostsSaid = (relay: FakeRelay) => relay.pulls().map(({ agent }) => agent?.host);

test('leaves out what it says of itself when an older relay refuses it', async () => {
  await using relay = await startFakeRelay();
  const ask = pullerFor(relay.origin);
  const refuseAgent: Intervention = ({ body }, response) => {
    if ('agent' in (body as object)) sendProblem(response, 'validation_failed', Date.now());
    else send(response, 200, { ...EMPTY, serverTime: new Date().toISOString() });
    return true;
  };
  relay.interventions.push(refuseAgent, refuseAgent, refuseAgent);
  expect(await ask()).toMatchObject({ kind: 'answered' });
  expect(await ask()).toMatchObject({ kind: 'answered' });
  expect(hostsSaid(relay)).toEqual(['desk-4', undefined, undefined]);
});

test('reports a refusal that has another cause, and goes on saying what it is', async () => {
  await using relay = await startFakeRelay();
  const ask = pullerFor(relay.origin);
  const refuse: Intervention = (_seen, response) => {
    sendProblem(response, 'validation_failed', Date.now());
    return true;
  };
  relay.interventions.push(refuse, refuse, refuse, refuse);
  expect(await ask()).toMatchObject({ code: 'validation_failed' });
  expect(await ask()).toMatchObject({ code: 'validation_failed' });
  expect(hostsSaid(relay)).toEqual(['desk-4', undefined, 'desk-4', undefined]);
});
