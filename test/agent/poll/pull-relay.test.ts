// Pulls over a real connection to the relay's own handlers: after a lost answer the same bytes receive the same leases.
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createPuller } from '../../../agent/poll/pull-relay.ts';
import { createRelayClock } from '../../../agent/relay/relay-clock.ts';
import { REPEAT_HEADER } from '../../../lib/protocol/http-message.ts';
import { serveHttp } from '../../support/local-server.ts';
import { unique } from '../../support/relay/samples.ts';
import { createWorld, plainRequest, sampleSubmission } from '../../support/relay/world.ts';

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
  const clock = createRelayClock(() => world.time.nowMs);
  const pull = createPuller(caller, { clock, nonce: () => unique('nonce-of-an-agent-'), onSkew: () => {} });
  const plan = { want: 4, pace: undefined, renew: [], release: [], resultLimit: 10 };
  const ask = (again: boolean) => pull(plan, [], { again, signal: new AbortController().signal });
  return { world, headers, ask, [Symbol.asyncDispose]: server[Symbol.asyncDispose] };
}

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
