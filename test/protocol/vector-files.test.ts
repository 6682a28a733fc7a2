// The vector files themselves: their shape, and that ours are what openssl makes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readVectors, VECTOR_FILES } from '../vectors/read-vectors.ts';

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
    }
  });

  test('uses each flag of its legend and no other', () => {
    expect([...new Set(tests.flatMap(({ flags }) => flags))].sort()).toEqual(Object.keys(legend).sort());
  });
});

const hasOpenssl = () => {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8' }).startsWith('OpenSSL 3');
  } catch {
    return false;
  }
};

test.skipIf(!hasOpenssl())('the script makes the vectors that are here, with openssl alone', () => {
  const made = mkdtempSync(join(tmpdir(), 'signet-vectors-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  execFileSync('bash', [new URL('../vectors/make-vectors.sh', import.meta.url).pathname, made]);
  const ours = VECTOR_FILES.filter((name) => name.startsWith('signet-'));
  expect(ours).toHaveLength(4);
  for (const name of ours) expect(JSON.parse(readFileSync(join(made, name), 'utf8'))).toEqual(readVectors(name));
});
