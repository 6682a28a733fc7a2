// The vector files have the right shape, and our own files are exactly what openssl makes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { readVectors, VECTOR_FILES } from '../../vectors/read-vectors.ts';
import { HAS_OPENSSL, orSkipped } from '../oracles/command-line.ts';

describe.each(VECTOR_FILES)('%s', (name) => {
  const { source, legend, tests } = readVectors(name);

  test('names its source', () => {
    expect(source).toMatch(/RFC|make-vectors\.sh|github\.com/);
  });

  test('numbers its vectors from 1, each with a comment and a result', () => {
    expect(tests.map(({ id }) => id)).toEqual(tests.map((_, index) => index + 1));
    expect(new Set(tests.map(({ comment }) => comment)).size).toBe(tests.length);
    for (const { result, problem } of tests) {
      expect(result).toMatch(/^(in)?valid$/);
      if (result === 'valid') expect(problem).toBeUndefined();
      else if (name.startsWith('signet-')) expect(problem).toMatch(/^[a-z_]+$/);
    }
  });

  test('uses each flag of its legend and no other', () => {
    expect([...new Set(tests.flatMap(({ flags }) => flags))].sort()).toEqual(Object.keys(legend).sort());
  });
});

test('our files cover every profile with valid and invalid vectors', () => {
  for (const id of Object.keys(PROFILES)) {
    const results = readVectors(`signet-${id}.json`).tests.map(({ result, problem }) => problem ?? result);
    const missing = ['valid', 'signature_invalid', 'request_malformed', 'signature_missing'].filter(
      (result) => !results.includes(result),
    );
    expect([id, missing]).toEqual([id, []]);
  }
});

if (!HAS_OPENSSL) console.warn('Skipped: making the vectors again, because there is no openssl 3 on this machine.');

test.skipIf(!HAS_OPENSSL)(
  `the script makes the vectors of the repository${orSkipped(HAS_OPENSSL, 'openssl 3')}`,
  () => {
    const made = mkdtempSync(join(tmpdir(), 'signet-vectors-'));
    onTestFinished(() => rmSync(made, { recursive: true }));
    execFileSync('bash', [new URL('../../vectors/make-vectors.sh', import.meta.url).pathname, made]);
    const ours = VECTOR_FILES.filter((name) => name.startsWith('signet-'));
    expect(readdirSync(made).sort()).toEqual(ours.sort());
    for (const name of ours) expect(JSON.parse(readFileSync(join(made, name), 'utf8'))).toEqual(readVectors(name));
  },
  60_000,
);
