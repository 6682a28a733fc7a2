// A verifier that uses only Python's standard library agrees with ours on every vector of every profile.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROFILES } from '../../../lib/protocol/profiles/profiles.ts';
import { readVectors, VECTOR_FILES } from '../../vectors/read-vectors.ts';
import { HAS_PYTHON, orSkipped } from '../oracles/command-line.ts';

const FOLDER = new URL('../../vectors/', import.meta.url).pathname;

/** Runs the Python verifier and returns its counts for each file. */
function runPython(folder: string) {
  const { stdout, stderr, status } = spawnSync('python3', [join(FOLDER, 'verify_vectors.py'), folder], {
    encoding: 'utf8',
  });
  const lines = [...stdout.matchAll(/^(.+\.json): (\d+) agree, (\d+) disagree, (\d+) skipped$/gm)];
  const counts = lines.map(([, name = '', ...three]) => [name, three.map(Number)] as const);
  return { counts: new Map(counts), stdout, stderr, status };
}

if (!HAS_PYTHON) console.warn('Skipped: the vectors in Python, because there is no python3 on this machine.');

describe.skipIf(!HAS_PYTHON)(`Python${orSkipped(HAS_PYTHON, 'python3')}`, () => {
  test('agrees on every vector of every profile', () => {
    const { counts, stdout, stderr, status } = runPython(FOLDER);
    expect([status, stderr]).toEqual([0, '']);
    const names = Object.keys(PROFILES).map((id) => `signet-${id}.json`);
    expect([...counts.keys()].sort()).toEqual([...names, 'standard-webhooks.json'].sort());
    for (const [name, [agree = 0, disagree, skipped = 0]] of counts) {
      expect([name, disagree]).toEqual([name, 0]);
      expect([name, agree + skipped]).toEqual([name, readVectors(name).tests.length]);
      expect(agree).toBeGreaterThan(0);
    }
    const skippedInAll = [...counts.values()].reduce((sum, [, , skipped = 0]) => sum + skipped, 0);
    if (skippedInAll > 0)
      console.warn(`Skipped in Python: ${skippedInAll} Ed25519 vectors, because there is no openssl.\n${stdout}`);
  });

  test('reports a vector on which it does not agree', () => {
    const changed = mkdtempSync(join(tmpdir(), 'signet-vectors-python-'));
    onTestFinished(() => rmSync(changed, { recursive: true }));
    for (const name of VECTOR_FILES) cpSync(join(FOLDER, name), join(changed, name));
    const nitro = readFileSync(join(FOLDER, 'signet-nitro.json'), 'utf8');
    writeFileSync(join(changed, 'signet-nitro.json'), nitro.replace('"bodyHex": "7b22', '"bodyHex": "7b23'));
    const { counts, stdout, status } = runPython(changed);
    expect(status).toBe(1);
    expect(counts.get('signet-nitro.json')?.[1]).toBe(1);
    expect(stdout).toContain("1 JSON: ('invalid', 'signature_invalid')");
  });
});
