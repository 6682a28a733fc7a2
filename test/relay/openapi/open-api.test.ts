// The OpenAPI document: it is valid, and it says the same as the tables of routes, problems and profiles.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../../lib/api/problems.ts';
import { ROUTES } from '../../../lib/api/routes.ts';
import { INBOUND_PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { OPERATIONS } from '../../../lib/relay/openapi/operations.ts';
import type { Json } from '../../support/relay/described-answers.ts';
import { document, NAMES, operationOf, operations, served } from '../../support/relay/open-api-document.ts';
import { NOW } from '../../support/relay/samples.ts';
import { bytesOf, createWorld, plainRequest } from '../../support/relay/world.ts';
import { signAs } from '../../support/signing/signing.ts';

describe('the document', () => {
  it('is valid OpenAPI 3.1 according to a validator from npm', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is not valid without a required field, which proves that the validator works', async () => {
    const { title: _title, ...info } = document.info;
    expect((await new Validator().validate({ ...structuredClone(document), info })).valid).toBe(false);
  });

  it('has no reference to a missing part', () => {
    const refs = [...served.text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, pointer = '']) => pointer);
    const find = (pointer: string) => pointer.split('/').reduce((at: Json, part) => at?.[part], document);
    expect(refs.length).toBeGreaterThan(50);
    expect(refs.filter((pointer) => find(pointer) === undefined)).toEqual([]);
  });

  it('is served to anyone, always with the same bytes', async () => {
    const again = await (await createWorld()).ask(plainRequest({ path: '/openapi.json' }));
    expect(again.status).toBe(200);
    expect(again.headers['content-type']).toBe('application/json');
    expect(again.text).toBe(served.text);
  });

  it('may be cached, and is sent again only when it has changed', async () => {
    const world = await createWorld();
    const ask = (headers: Record<string, string>) => world.ask(plainRequest({ path: '/openapi.json', headers }));
    const { etag = '', 'cache-control': cacheControl } = served.headers;
    expect([etag, cacheControl]).toEqual([expect.stringMatching(/^"[\w-]{43}"$/), 'public, max-age=300']);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await ask({ 'if-none-match': known });
      expect(answer).toMatchObject({ status: 304, text: '', headers: { etag, 'cache-control': cacheControl } });
    }
    for (const other of ['', '"other"', etag.slice(1, -1)])
      expect(await ask({ 'if-none-match': other })).toMatchObject({ status: 200, text: served.text });
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../../../package.json`, 'utf8'));
    expect(document.info.version).toBe(version);
  });
});

describe('the document and the tables', () => {
  it('have the same routes', () => {
    const described = operations.map(({ operationId, method, path, tags }) => [operationId, method, path, ...tags]);
    const real = NAMES.map((name) => [name, ROUTES[name].method, ROUTES[name].path, ROUTES[name].audience]);
    expect(described.toSorted()).toEqual(real.toSorted());
  });

  it('have the same problems, each with its status and whether it may be retried', () => {
    const described = Object.entries<Json>(document.components.examples).map(([code, { summary, value }]) => [
      code,
      { title: summary, status: value.status, retryable: value.retryable },
    ]);
    expect(Object.fromEntries(described)).toEqual(PROBLEMS);
    expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(PROBLEMS));
  });

  it('have the same status for every problem of an operation', () => {
    for (const { responses } of operations)
      for (const [status, { content = {} }] of Object.entries<Json>(responses))
        for (const code of content['application/problem+json']?.schema.properties.code.enum ?? [])
          expect(String(PROBLEMS[code as keyof typeof PROBLEMS].status)).toBe(status);
  });

  it('have the same signature headers for every inbound profile', () => {
    const { security } = operationOf('submitLink');
    const families = security.map((requirement: object) =>
      Object.keys(requirement).map((name) => document.components.securitySchemes[name].name),
    );
    const signing = { keyId: 'k', timestampMs: NOW, nonce: 'n'.repeat(16) };
    const request = plainRequest({ method: 'POST', body: bytesOf({}) });
    const real = INBOUND_PROFILES.map((id) => Object.keys(signAs(id, request, 'secret', signing)).sort());
    expect(families.map((names: string[]) => names.sort())).toEqual(
      real.map((names) => names.filter((name) => name !== 'content-digest')),
    );
  });

  it('require a signature for the same routes', () => {
    const open = operations.filter(({ security }) => security.length === 0).map(({ tags }) => tags[0]);
    expect(new Set(open)).toEqual(new Set(['anyone']));
    expect(open).toHaveLength(NAMES.filter((name) => ROUTES[name].audience === 'anyone').length);
  });

  it('have a body for the same routes', () => {
    const withBody = NAMES.filter((name) => OPERATIONS[name].body);
    expect(withBody).toEqual(NAMES.filter((name) => ROUTES[name].bodyLimitBytes > 0));
  });
});
