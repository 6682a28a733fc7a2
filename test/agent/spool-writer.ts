// A process for the spool's tests: finishes one job after the other, saying each number once it is safe, until it is killed.
import { openSpool } from '../../agent/spool.ts';
import { leasedJob } from './fake-relay.ts';

const spool = openSpool(process.argv[2] ?? '');
for (let fence = 1; ; fence += 1) {
  const { lease, job } = leasedJob(fence % 20, 'https://a.example/');
  spool.hold({ lease: { ...lease, fence }, job, leaseEndsAtMs: Date.now() + 60_000 });
  spool.finish({ lease: { ...lease, fence }, jws: 'x'.repeat(2_000) });
  process.stdout.write(`${fence}\n`);
}
