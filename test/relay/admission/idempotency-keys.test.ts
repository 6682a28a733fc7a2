// Idempotency keys: any Unicode text of up to 255 code points, compared exactly, and separate for each account.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../lib/api/limits.ts';
import { itemsOf, outcomeOf } from '../../support/relay/batches.ts';
import { document } from '../../support/relay/open-api-document.ts';
import { sampleAccount } from '../../support/relay/samples.ts';
import {
  type Answer,
  createWorld,
  type Partner,
  plainRequest,
  sampleSubmission,
  type World,
} from '../../support/relay/world.ts';

const MAXIMUM = LIMITS.idempotencyKeyCharacters;

/** Any Unicode code point but surrogates, and often one with a special meaning somewhere. */
const codePoint = fc.oneof(
  fc.constantFrom(0, 0x0a, 0x22, 0x23, 0x25, 0x2b, 0x5c, 0x7f, 0x301, 0x200d, 0x2028, 0xfeff, 0xfffe, 0xffff, 0x10ffff),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);
const key = fc
  .array(codePoint, { minLength: 1, maxLength: MAXIMUM, size: 'max' })
  .map((points) => points.map((point) => String.fromCodePoint(point)).join(''));

/** The ways to submit a job. Each returns the job's id, or the code of the refusal. */
const WAYS: Readonly<Record<string, (world: World, idempotencyKey: string, by?: Partner) => Promise<string>>> = {
  alone: async (world, idempotencyKey, by) =>
    idOrCode(await world.submit(sampleSubmission({ idempotencyKey, rowId: '1' }), by)),
  'in a batch': async (world, idempotencyKey, by) => {
    const [item] = await itemsOf(world, [sampleSubmission({ idempotencyKey, rowId: '1' })], by);
    return item?.job?.jobId ?? item?.problem?.code ?? '';
  },
};

const idOrCode = ({ json }: Answer): string => json.jobId ?? json.code;

const find = (world: World, idempotencyKey: string, by?: Partner) =>
  world.ask(
    world.signed(
      plainRequest({ path: '/api/links', query: `idempotencyKey=${encodeURIComponent(idempotencyKey)}` }),
      by,
    ),
  );

describe.each(Object.entries(WAYS))('a job that is submitted %s', (_way, submit) => {
  it('may have any key, and is found by it', async () => {
    const world = await createWorld();
    await fc.assert(
      fc.asyncProperty(key, async (idempotencyKey) => {
        const jobId = await submit(world, idempotencyKey);
        expect(jobId).toMatch(/^job_/);
        expect((await find(world, idempotencyKey)).json.jobs).toMatchObject([{ jobId, idempotencyKey }]);
      }),
      { numRuns: 20 },
    );
  });

  it.each(['k', 'é', '語', '😀', '\u0000'])(
    'may have a key of %j repeated 255 times, but not 256',
    async (character) => {
      const world = await createWorld();
      expect(await submit(world, character.repeat(MAXIMUM))).toMatch(/^job_/);
      expect(await submit(world, character.repeat(MAXIMUM + 1))).toBe('validation_failed');
    },
  );

  it('is a different job under a key that only looks the same', async () => {
    const world = await createWorld();
    const alike = [
      'Å',
      'A\u030a',
      '\u212b',
      'é'.normalize('NFC'),
      'é'.normalize('NFD'),
      'ﬁ',
      'fi',
      'k',
      'K',
      '\u212a',
      'k ',
      ' k',
      'k\u200d',
    ];
    const ids = [];
    for (const idempotencyKey of alike) ids.push(await submit(world, idempotencyKey));
    expect(new Set(ids).size).toBe(alike.length);
    for (const [index, idempotencyKey] of alike.entries())
      expect((await find(world, idempotencyKey)).json.jobs).toMatchObject([{ jobId: ids[index], idempotencyKey }]);
  });

  it.each(['\ud800', 'a\udfff', '\ude00\ud83d', '\ud83d'.repeat(2)])(
    'is refused when its key has a lone surrogate: %j',
    async (lone) => {
      const world = await createWorld();
      expect(await submit(world, lone)).toBe('validation_failed');
      expect(world.ports.jobs.all()).toEqual([]);
    },
  );

  it('is a different job for another account, and neither account finds the other’s', async () => {
    const world = await createWorld();
    const account = sampleAccount();
    await world.putAccount(account);
    const other = await world.makePartner(account.accountId);
    const [ownId, otherId] = [await submit(world, 'same'), await submit(world, 'same', other)];
    expect(ownId).not.toBe(otherId);
    expect((await find(world, 'same')).json.jobs).toMatchObject([{ jobId: ownId }]);
    expect((await find(world, 'same', other)).json.jobs).toMatchObject([{ jobId: otherId }]);
  });

  it('is the same job for every signing key of its account', async () => {
    const world = await createWorld();
    const other = await world.makePartner(world.partner.key.accountId, 'rfc9421');
    expect(await submit(world, 'same')).toBe(await submit(world, 'same', other));
  });
});

it('a batch and a single submission with the same key are the same job', async () => {
  const world = await createWorld();
  const job = sampleSubmission({ idempotencyKey: 'e\u0301' });
  const { json } = await world.submit(job);
  const items = await itemsOf(world, [job, { ...job, idempotencyKey: '\u00e9' }]);
  expect(items.map(outcomeOf)).toEqual([200, 202]);
  expect(items[0]?.job?.jobId).toBe(json.jobId);
});

it('the length limits of texts are those of the OpenAPI document, in code points', async () => {
  const { properties } = document.components.schemas.LinkSubmission;
  for (const field of ['idempotencyKey', 'rowId', 'source']) {
    const { maxLength } = properties[field];
    for (const [length, status] of [
      [maxLength, 202],
      [maxLength + 1, 422],
    ])
      expect((await (await createWorld()).submit(sampleSubmission({ [field]: '😀'.repeat(length) }))).status).toBe(
        status,
      );
  }
});
