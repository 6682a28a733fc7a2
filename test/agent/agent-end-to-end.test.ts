// The agent as a process, with a small real relay and a small real site.
import { compactVerify, importJWK } from 'jose';
import { expect, test } from 'vitest';
import { startAgent, temporaryDirectory } from '../support/agent/agent-process.ts';
import { leasedJob, type SeenRequest, startFakeRelay } from '../support/agent/fake-relay.ts';
import { serveHttp } from '../support/local-server.ts';

const REDIRECTS: Readonly<Record<string, [number, string]>> = {
  '/1': [301, '/2'],
  '/2': [302, '/3?utm_source=x'],
  '/3?utm_source=x': [307, '/end'],
};

const serveSite = () =>
  serveHttp((request, response) => {
    const [status, location] = REDIRECTS[request.url ?? ''] ?? [200, undefined];
    response.writeHead(status, location ? { location } : {}).end('the end');
  });

const ALLOWED = { SIGNET_ALLOW_CIDRS: '127.0.0.0/8' };

test('enrols, follows 301, 302 and 307 to a 200, reports signed evidence, and exits 0 on SIGTERM', async () => {
  await using relay = await startFakeRelay();
  await using site = await serveSite();
  using state = temporaryDirectory();
  const enrolled = startAgent(['enroll', relay.token(), '--state', state.path, '--name', 'desk 4']);
  expect(await enrolled.exited, enrolled.stderr()).toBe(0);

  relay.offer(leasedJob(0, `${site.origin}/1#top`, { expectedDomain: '127.0.0.1' }));
  await using agent = startAgent(['run', '--state', state.path], ALLOWED);
  const accepted = await agent.event('result.accepted');
  expect(accepted['jobId']).toBe(leasedJob(0, '').lease.jobId);
  expect(await agent.event('agent.started')).toMatchObject({ allowCidrs: ['127.0.0.0/8'], agentId: 'agent_1' });
  const resolved = await agent.event('job.resolved');
  expect(resolved).toMatchObject({ conclusion: 'valid', finalUrl: `${site.origin}/end#top`, hops: 4 });

  agent.child.kill('SIGTERM');
  expect(await agent.exited, agent.stderr()).toBe(0);
  expect(relay.seen.every(({ signatureIsGood }) => signatureIsGood)).toBe(true);

  const [result] = relay.results();
  const { publicKey: x } = (relay.seen[0] as SeenRequest).body as { publicKey: string };
  const publicKey = await importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA');
  const { payload, protectedHeader } = await compactVerify(result?.jws ?? '', publicKey);
  expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'signet-evidence+jws', kid: 'agent_1' });
  const evidence = JSON.parse(new TextDecoder().decode(payload));
  expect(evidence).toMatchObject({
    accountId: 'acc1',
    agentId: 'agent_1',
    fence: 1,
    conclusion: 'valid',
    reason: 'final_ok',
  });
  expect(evidence.hops.map((hop: { status: number }) => hop.status)).toEqual([301, 302, 307, 200]);
  expect(evidence.hops[1]).toMatchObject({ parametersGained: ['utm_source'], kind: 'http', address: '127.0.0.1' });
});
