// matchRoute: which route a method and a path have, and what is answered when there is none.
import { describe, expect, it } from 'vitest';
import { createWorld, plainRequest } from '../../support/relay/world.ts';

describe('routes', () => {
  it('answers a method that a path does not have with the methods that it has', async () => {
    const world = await createWorld();
    const answer = await world.ask(plainRequest({ method: 'DELETE', path: '/agent/pull' }));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' }, json: { code: 'method_not_allowed' } });
  });

  it.each(['/', '', '//', '/healthz/', '/HEALTHZ', '/api/link', '/api/links/a/b', '/agent', '/healthz\n'])(
    'answers 404 to %j',
    async (path) => {
      expect((await (await createWorld()).ask(plainRequest({ path }))).json.code).toBe('not_found');
    },
  );

  it('prefers a literal path to a path with a parameter', async () => {
    const world = await createWorld();
    expect((await world.ask(plainRequest({ method: 'POST', path: '/api/links/fetch' }))).json.code).toBe(
      'signature_missing',
    );
  });

  it('offers at a literal path only the methods of that path, not those of a path with a parameter', async () => {
    const answer = await (await createWorld()).ask(plainRequest({ method: 'GET', path: '/api/links/fetch' }));
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it('refuses a path that the gateway decoded, before verifying the signature', async () => {
    const world = await createWorld();
    expect((await world.get('/api/links/job 1')).json.code).toBe('request_malformed');
  });

  it('answers health to anyone', async () => {
    const answer = await (await createWorld()).ask(plainRequest());
    expect(answer).toMatchObject({ status: 200, json: { status: 'ok', serverTime: '2026-11-22T12:00:00.250Z' } });
  });
});
