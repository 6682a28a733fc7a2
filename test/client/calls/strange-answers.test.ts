// Answers that no relay gives: pages, redirects, endless bodies. The client trusts none, and limits how much it reads.

import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ANSWER_LIMIT_BYTES } from '../../../lib/client/read-answer.ts';
import { send } from '../../support/agent/fake-relay.ts';
import { openScene, refusalOf } from '../call.ts';
import { wayOf } from '../credentials.ts';
import { JOB_ID, jobOf, SUBMISSION, startFakeRelay } from '../fake-relay.ts';

function write(response: ServerResponse, status: number, type: string, text: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, connection: 'close' });
  response.end(text);
}

describe('a 2xx answer that is not from the relay', () => {
  test.each([
    [200, 'text/html', '<html>Welcome to the hotel</html>'],
    [202, 'text/html', '{"jobId":"job_1"}'],
    [200, 'application/json', '<html>'],
    [200, 'application/json', ''],
    [200, 'application/json', '{"jobId":'],
    [200, 'application/json', 'null'],
    [200, 'application/json', '[]'],
    [200, 'application/json', '"text"'],
    [200, 'application/jose', 'a.b.c'],
    [200, 'application/problem+json', '{"code":"not_found"}'],
    [200, 'text/plain; about=application/json', '{}'],
    [204, 'application/json', ''],
  ])('fails without a retry: %i %s %j', async (status, type, text) => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => write(response, status, type, text));
    const refusal = await refusalOf(scene.client.submit(SUBMISSION));
    expect(refusal).toMatchObject({ code: `http_${status}`, status, retryable: false });
    expect(refusal.message).not.toContain('html');
    expect(scene.relay.seen).toHaveLength(1);
  });

  test('fails when it has JSON in place of evidence; a JWS is returned unchanged', async () => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => write(response, 200, 'application/jose', 'a.b.c'));
    expect(await scene.client.evidence(JOB_ID)).toBe('a.b.c');
    expect(await refusalOf(scene.client.evidence(JOB_ID))).toMatchObject({ code: 'http_200' });
    expect(scene.relay.seen[0]?.target).toBe(`/api/links/${JOB_ID}/evidence`);
  });

  test('is recognized by its media type, whose parameters and case do not matter', async () => {
    await using scene = await openScene();
    const text = JSON.stringify(jobOf({}, 'queued'));
    scene.relay.turns.push((response) => write(response, 200, 'Application/JSON ; charset=utf-8', text));
    expect(await scene.client.get(JOB_ID)).toMatchObject({ jobId: JOB_ID });
  });
});

test.each([301, 302, 303, 307, 308])(
  'does not follow a %i, because the signed request is for the relay only',
  async (status) => {
    await using scene = await openScene();
    await using elsewhere = await startFakeRelay(wayOf('rfc9421').key);
    scene.relay.turns.push((response) =>
      send(response, status, {}, { location: `${elsewhere.origin}/api/links/fetch` }),
    );
    expect(await refusalOf(scene.client.submit(SUBMISSION))).toMatchObject({
      code: `http_${status}`,
      retryable: false,
    });
    expect(elsewhere.seen).toHaveLength(0);
    expect(scene.relay.seen).toHaveLength(1);
  },
);

describe('a body that is too long', () => {
  /** Writes without end, until the connection is closed. */
  function flood(response: ServerResponse, status: number, headers: Record<string, string> = {}): Promise<void> {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    const chunk = Buffer.alloc(256 * 1024, ' ');
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    pour();
    return new Promise((resolve) => response.once('close', resolve));
  }

  test('fails the call, and its connection is closed', async () => {
    await using scene = await openScene();
    const closed = new Promise<void>((resolve) => {
      scene.relay.turns.push((response) => void flood(response, 200).then(resolve));
    });
    expect(await refusalOf(scene.client.get(JOB_ID))).toMatchObject({ code: 'http_200', retryable: false });
    await closed;
  });

  test('does not hide its status and Retry-After: a 503 is retried', async () => {
    await using scene = await openScene();
    scene.relay.turns.push((response) => void flood(response, 503, { 'retry-after': '3' }));
    expect(await scene.client.get(JOB_ID)).toMatchObject({ jobId: JOB_ID });
    expect(scene.time.waits).toEqual([3_000]);
  });

  test('is measured after decompression', async () => {
    await using scene = await openScene();
    const packed = gzipSync(`{"a":"${' '.repeat(ANSWER_LIMIT_BYTES)}"}`);
    expect(packed.length).toBeLessThan(10_000);
    scene.relay.turns.push((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(packed);
    });
    expect(await refusalOf(scene.client.get(JOB_ID))).toMatchObject({ code: 'http_200' });
  });

  test.each([
    [0, true],
    [1, false],
  ])('begins after the limit: accepts %i bytes beyond it: %s', async (more, isAccepted) => {
    await using scene = await openScene();
    const text = JSON.stringify(jobOf({ trackingUrl: 'https://t.example/' }, 'queued')).padEnd(
      ANSWER_LIMIT_BYTES + more,
      ' ',
    );
    scene.relay.turns.push((response) => write(response, 200, 'application/json', text));
    const outcome = await scene.client.get(JOB_ID).catch((error: unknown) => error);
    expect(outcome).toMatchObject(isAccepted ? { jobId: JOB_ID } : { code: 'http_200' });
  });

  test('fails at the time limit of the attempt when it arrives too slowly', async () => {
    await using scene = await openScene({ attemptTimeoutMs: 40, callTimeoutMs: 41 });
    scene.relay.turns.push((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' ');
    });
    expect(await refusalOf(scene.client.get(JOB_ID))).toMatchObject({ code: 'relay_unreachable' });
  });
});

test('a problem document whose fields are not text is still a refusal', async () => {
  await using scene = await openScene();
  const problem = JSON.stringify({ code: 'validation_failed', detail: { toString: 5 }, errors: 'none' });
  scene.relay.turns.push((response) => write(response, 422, 'application/problem+json', problem));
  expect(await refusalOf(scene.client.submit(SUBMISSION))).toMatchObject({ status: 422 });
});
