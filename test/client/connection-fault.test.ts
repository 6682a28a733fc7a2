// Permanent connection faults: the call fails without a retry, with host and code in the error.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { RelayClient } from '../../lib/client/relay-client.ts';
import { makeCertificate, serveHttp, serveHttps } from '../support/local-server.ts';
import { openScene, refusalOf, virtualTime } from './call.ts';
import { wayOf } from './credentials.ts';
import { JOB_ID } from './fake-relay.ts';

/** Returns the error of a call to this address. The client must not wait before it. */
async function faultAt(baseUrl: string) {
  const time = virtualTime();
  const client = new RelayClient({ ...wayOf('rfc9421').credentials, baseUrl, ports: time.ports });
  const refusal = await refusalOf(client.get(JOB_ID));
  expect(time.waits).toEqual([]);
  return refusal;
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

test.skipIf(!hasOpenssl)('fails for a self-signed certificate (skipped without openssl)', async () => {
  await using server = await serveHttps((_, response) => response.end(), makeCertificate());
  expect(await faultAt(server.origin)).toMatchObject({
    code: 'relay_unreachable',
    message: `relay_unreachable: localhost:${server.port}: DEPTH_ZERO_SELF_SIGNED_CERT`,
    retryable: false,
    status: 0,
  });
});

test('fails for https at a server that speaks http', async () => {
  await using server = await serveHttp((_, response) => response.end());
  const refusal = await faultAt(`https://127.0.0.1:${server.port}`);
  expect(refusal).toMatchObject({ code: 'relay_unreachable', retryable: false });
  expect(refusal.detail).toMatch(/^127\.0\.0\.1:\d+: ERR_SSL_/);
});

test('fails for a port that fetch refuses', async () => {
  const refusal = await faultAt('http://127.0.0.1:25');
  expect(refusal).toMatchObject({ detail: '127.0.0.1:25: bad port', retryable: false });
});

/** Returns a `fetch` that fails with this code. */
const failing = (code: string) => () => Promise.reject(new TypeError('fetch failed', { cause: { code } }));

test.each([
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])('fails for %s also while waiting for a result', async (code) => {
  await using scene = await openScene({ ports: { fetch: failing(code) } });
  const refusal = await refusalOf(scene.client.waitForResult(JOB_ID));
  expect(refusal).toMatchObject({ detail: `${new URL(scene.relay.origin).host}: ${code}`, retryable: false });
  expect(scene.time.waits).toEqual([]);
});

test.each(['ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_SOCKET'])('retries after %s', async (code) => {
  await using scene = await openScene({ ports: { fetch: failing(code) } });
  expect(await refusalOf(scene.client.get(JOB_ID))).toMatchObject({ retryable: true });
  expect(scene.time.waits.length).toBeGreaterThan(3);
});
