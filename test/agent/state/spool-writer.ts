// A process for the spool's tests: it finishes jobs and prints the number of each stored one, until it is killed.
import { openSpool } from '../../../agent/state/spool.ts';
import { leasedJob } from '../../support/agent/fake-relay.ts';

const spool = openSpool(process.argv[2] ?? '');
for (let fence = 1; ; fence += 1) {
  const { lease, job } = leasedJob(0, 'https://a.example/');
  const own = { ...lease, jobId: `job_${fence}`, fence };
  spool.hold({ lease: own, job, leaseEndsAtMs: Date.now() + 60_000 });
  spool.finish({ lease: own, jws: 'x'.repeat(2_000) });
  process.stdout.write(`${fence}\n`);
}
