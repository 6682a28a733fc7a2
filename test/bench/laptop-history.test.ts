// The benchmark of a long history runs: it fills a data directory, starts it and submits to it. This test says nothing about times.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { HAS_OWN_DYNAMODB } from '../support/services/own-dynamodb.ts';

const PROGRAM = fileURLToPath(new URL('../../bench/laptop-history.ts', import.meta.url));

/** Six starts, and a busy machine needs a minute for one. */
const TIMEOUT_MS = 600_000;

test.runIf(HAS_OWN_DYNAMODB)(
  'measures a new directory, an old one, and an old one without the indexes',
  { timeout: TIMEOUT_MS },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, '--smoke']);
    const rows = stdout
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const [, young = [], old = [], unindexed = []] = rows;
    expect([young[1], old[1], unindexed[1]]).toEqual(['new', 'old', 'old, without the indexes']);
    // The old directory has at least the rows and records of 20 more jobs.
    expect(Number(old[2]) - Number(young[2])).toBeGreaterThan(40);
    expect(Number(old[3]) - Number(young[3])).toBeGreaterThan(80);
    for (const cells of [young, old]) expect(cells[4]).toMatch(/^\d+\.\d$/);
    for (const cells of [young, old, unindexed])
      expect(cells.slice(5, 7)).toEqual([expect.stringMatching(/^\d+\.\d\d$/), expect.stringMatching(/^\d+\.\d\d$/)]);
  },
);
