// What survives restarts and kill -9: jobs in progress and unreported results.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSpool, type Spool } from '../../../agent/state/spool.ts';
import { takeStateLock } from '../../../agent/state/state-lock.ts';
import { temporaryDirectory } from '../../support/agent/agent-process.ts';
import { leasedJob } from '../../support/agent/fake-relay.ts';

const held = (number: number, leaseEndsAtMs = 1_000) => ({
  ...leasedJob(number, `https://${number}.example/`, { leaseUntil: '2026-11-22T06:00:00.000Z' }),
  leaseEndsAtMs,
});

function withSpool(work: (spool: Spool, reopen: () => Spool) => void): void {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'spool.sqlite');
  const open = [openSpool(path)];
  work(open[0] as Spool, () => {
    open.pop()?.close();
    open.push(openSpool(path));
    return open[0] as Spool;
  });
  open[0]?.close();
}

test('resumes a job while its lease is valid, and drops it afterwards', () => {
  withSpool((spool, reopen) => {
    spool.hold(held(0, 1_000));
    spool.hold(held(1, 2_000));
    expect(reopen().resume(1_000)).toEqual([held(1, 2_000)]);
    expect(reopen().counts()).toEqual({ held: 1, results: 0 });
  });
});

test('uses the end of a renewed lease, not of the first one', () => {
  withSpool((spool, reopen) => {
    spool.hold(held(0, 1_000));
    spool.extend({ ...held(0).lease, receipt: 'new' }, 5_000);
    expect(reopen().resume(2_000)).toMatchObject([{ lease: { receipt: 'new' }, leaseEndsAtMs: 5_000 }]);
  });
});

test('stores the result of a finished job in place of its lease', () => {
  withSpool((spool, reopen) => {
    spool.hold(held(0));
    spool.finish({ lease: held(0).lease, jws: 'a.b.c' });
    expect(reopen().results(10)).toEqual([{ lease: held(0).lease, jws: 'a.b.c' }]);
    expect(reopen().resume(0)).toEqual([]);
  });
});

test('returns results oldest first, and removes them only under their own fence', () => {
  withSpool((spool) => {
    const [first, second] = [held(0).lease, { ...held(0).lease, fence: 2 }];
    spool.finish({ lease: first, jws: '1' });
    spool.finish({ lease: second, jws: '2' });
    spool.finish({ lease: held(1).lease, jws: '3' });
    expect(spool.results(1).map(({ jws }) => jws)).toEqual(['1']);
    spool.removeResult(first);
    spool.removeResult(first);
    expect(spool.results(10).map(({ jws }) => jws)).toEqual(['2', '3']);
  });
});

test('returns only the earlier of two results of one job until it is removed, because the relay’s answers name only the job', () => {
  withSpool((spool) => {
    const [first, second] = [held(0).lease, { ...held(0).lease, fence: 2 }];
    spool.finish({ lease: first, jws: '1' });
    spool.finish({ lease: held(1).lease, jws: '2' });
    spool.finish({ lease: second, jws: '3' });
    expect(spool.results(10).map(({ jws }) => jws)).toEqual(['1', '2']);
    expect(spool.counts().results).toBe(3);
    spool.removeResult(first);
    expect(spool.results(10).map(({ jws }) => jws)).toEqual(['2', '3']);
  });
});

test('refuses a file that is not a spool', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'spool.sqlite');
  writeFileSync(path, 'not a database at all, but long enough to be looked at as one'.repeat(20));
  expect(() => openSpool(path)).toThrow();
});

test('loses nothing that was reported as stored when it is killed while writing', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'spool.sqlite');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'spool-writer.ts'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
    if (said.split('\n').length > 50) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  const safe = said.split('\n').slice(0, -1).map(Number);
  expect(child.signalCode).toBe('SIGKILL');
  const spool = openSpool(path);
  expect(spool.results(100_000).map(({ lease }) => lease.fence)).toEqual(expect.arrayContaining(safe));
  spool.close();
});

test('lets one process at a time use a state directory', () => {
  using directory = temporaryDirectory();
  const lock = takeStateLock(directory.path);
  expect(lock).toBeDefined();
  expect(takeStateLock(directory.path)).toBeUndefined();
  lock?.release();
  const again = takeStateLock(directory.path);
  expect(again).toBeDefined();
  again?.release();
});
