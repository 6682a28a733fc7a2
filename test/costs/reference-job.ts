// The reference job of the budget: a row of at most 1 KiB, four hops, one endpoint, delivered at the first attempt.
import type { LeasedJob } from '../../lib/protocol/messages.ts';
import { jwsFor } from '../support/relay/evidence-samples.ts';
import { type Agent, sampleSubmission } from '../support/relay/world.ts';
import type { MeteredRelay } from './metered-relay.ts';

const HOSTS = ['click.example.com', 'r.tracking.example.net', 'go.partner.example.org', 'shop.example.org'];
const FINAL_URL = 'https://shop.example.org/products/winter-boots-42?ref=acme&utm_source=newsletter';

/** Hops with everything that an agent reports about a TLS request. */
const HOPS = HOSTS.map((host, index) => {
  const isLast = index === HOSTS.length - 1;
  return {
    url: isLast ? FINAL_URL : `https://${host}/r/8f2c1d7e?campaign=autumn-sale&partner=acme&hop=${index}`,
    kind: isLast ? 'none' : 'http',
    address: `203.0.113.${10 + index}`,
    status: isLast ? 200 : 302,
    tls: { protocol: 'TLSv1.3', certificateEndsAt: `2027-0${index + 1}-14T23:59:59.000Z` },
    cookieNames: [`session_${index}`],
    timing: { dnsMs: 3.1 + index, connectMs: 11.7, tlsMs: 24.9, firstByteMs: 48.3, totalMs: 52.6 + index },
    ...(isLast ? {} : { parametersGained: ['click_id'], parametersLost: ['hop'] }),
  };
});

/** Returns submissions with different idempotency keys. */
export function submissions(count: number) {
  return Array.from({ length: count }, () => sampleSubmission({ source: 'newsletter', rowId: 'row-000123' }));
}

const STATEMENT = {
  instance: 'instance-of-the-costs',
  version: '0.1.0',
  platform: 'linux',
  host: 'desk-4',
  concurrency: 4,
  capabilities: [],
  state: 'running',
};

/** Returns an agent that performs single steps. Only its requests cost something. */
export function createAgent({ world, ask }: Pick<MeteredRelay, 'world' | 'ask'>, by: Agent) {
  let pace: string | undefined;
  let leasedJobs: readonly LeasedJob[] = [];
  return {
    /** Polls once: reports the jobs that it holds, and leases up to `want` new ones. Returns counts and the poll interval. */
    async poll(want: number) {
      const results = leasedJobs.map(reportOf);
      const input = {
        want,
        agent: STATEMENT,
        ...(results.length > 0 && { results }),
        ...(pace !== undefined && { pace }),
      };
      const { json } = await ask(world.signedByAgent(input, by));
      pace = json.pace;
      leasedJobs = json.jobs;
      return { leased: leasedJobs.length, accepted: json.accepted.length, nextPollSeconds: json.nextPollSeconds };
    },
    sign: (input: object) => world.signedByAgent({ want: 0, agent: STATEMENT, ...input }, by),
    reportOf,
  };

  function reportOf(leased: LeasedJob) {
    return { lease: leased.lease, jws: evidenceOf(leased) };
  }

  function evidenceOf(leased: LeasedJob): string {
    return jwsFor(world, leased, { by, payload: { hops: HOPS, finalUrl: FINAL_URL } });
  }
}
