// Recovery of operators' commands: a command that crashed or failed at any step is completed by a repeat.
import { describe, expect, it } from 'vitest';
import { createAccount, suspendAccount } from '../../../lib/relay/operator/accounts/accounts.ts';
import { pauseAgent, revokeAgent } from '../../../lib/relay/operator/accounts/agents.ts';
import { deleteAccount } from '../../../lib/relay/operator/accounts/delete-account.ts';
import { deleteEndpoint, waiveEndpoint } from '../../../lib/relay/operator/accounts/endpoints.ts';
import { addPool, removePool } from '../../../lib/relay/operator/accounts/pools.ts';
import { setQuota } from '../../../lib/relay/operator/accounts/quota.ts';
import { reconcileQueues } from '../../../lib/relay/operator/deployment/queues.ts';
import { cancelJob } from '../../../lib/relay/operator/jobs/jobs.ts';
import type { Outcome } from '../../../lib/relay/operator/outcome.ts';
import { allFaults, createFaultyProcess, type Fault } from '../../support/faults/fault-port.ts';
import { granted } from '../../support/relay/outcomes.ts';
import { ACCOUNT, NOW, sampleEndpoint, sampleJob } from '../../support/relay/samples.ts';
import { createWorld, type World } from '../../support/relay/world.ts';

const { accountId } = ACCOUNT;
const NEW = 'fresh4fresh4fres';
const JOB = sampleJob({
  submission: { idempotencyKey: 'one', trackingUrl: 'https://e.com/', source: 's', rowId: '1' },
});
const ENDPOINT = sampleEndpoint({ endpointId: 'ep-1', state: 'unverified' });

type Ports = World['ports'];

interface Operation {
  readonly act: (ports: Ports) => Promise<Outcome<unknown>>;
  /** The refusal that a repeat may get if the first run was complete and only its answer was lost. */
  readonly codeWhenDone?: string;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'account create': { act: (ports) => createAccount(ports, { accountId: NEW, name: 'Fresh', pools: ['eu', 'us'] }) },
  'account suspend': { act: (ports) => suspendAccount(ports, accountId) },
  'account delete': {
    act: (ports) => deleteAccount(ports, accountId, { cancelJobs: true }),
    codeWhenDone: 'account_unknown',
  },
  'account pool add': { act: (ports) => addPool(ports, accountId, 'third') },
  'account pool remove': { act: (ports) => removePool(ports, accountId, 'second'), codeWhenDone: 'pool_unknown' },
  'quota set': { act: (ports) => setQuota(ports, accountId, { jobsPerMonth: 3 }) },
  'agent pause': { act: (ports) => pauseAgent(ports, accountId, 'agt_own') },
  'agent revoke': { act: (ports) => revokeAgent(ports, accountId, 'agt_own') },
  'endpoint waive': { act: (ports) => waiveEndpoint(ports, accountId, 'ep-1') },
  'endpoint delete': { act: (ports) => deleteEndpoint(ports, accountId, 'ep-1'), codeWhenDone: 'endpoint_unknown' },
  'jobs cancel': { act: (ports) => cancelJob(ports, JOB.jobId) },
  'queues reconcile': { act: (ports) => reconcileQueues(ports) },
};

async function prepare(): Promise<World> {
  const world = await createWorld();
  const { ports } = world;
  await world.makeAgent(2, { keyId: 'agt_own' });
  await ports.endpoints.create(ENDPOINT);
  await ports.jobs.create(JOB, NOW);
  await ports.inventory.remove(world.pool);
  await ports.queues.createQueue({ accountId: 'other4other4othe', pool: 'default' });
  return world;
}

/** Returns what an operator sees, without the names that differ between worlds and without times. */
async function visibleState({ ports }: World) {
  const [account, fresh] = await Promise.all([accountId, NEW].map((id) => ports.accounts.find(id)));
  const agent = await ports.directory.findKey('agt_own');
  const waiting = await ports.inventory.depth({ accountId, pool: 'default' });
  return {
    accounts: [account, fresh].map((row) => row && { ...row, stateSince: undefined }),
    rows: [accountId, NEW].map((id) => ports.directory.rowsOf(id).map((row) => row.split(' ')[0])),
    agent: agent?.kind === 'agent' && [agent.state, agent.revokedAt !== undefined],
    presence: (await ports.presence.list(accountId)).map(({ state }) => state),
    endpoints: await ports.endpoints.list(accountId),
    jobs: ports.jobs.all().map(({ jobId, state }) => [jobId, state]),
    queues: (await Array.fromAsync(ports.inventory.list())).map(({ name }) => name).toSorted(),
    isSent: waiting && waiting.visible > 0,
  };
}

/** Runs the command with a fault and returns the calls that it made. A command that crashes never settles. */
async function runWithFault(world: World, act: (ports: Ports) => Promise<unknown>, fault?: Fault) {
  const { ports, calls, crashed } = createFaultyProcess({ ...world.ports }, fault);
  await Promise.race([act(ports), crashed]).catch(() => {});
  return calls;
}

describe.each(Object.entries(OPERATIONS))('%s', (_what, { act, codeWhenDone }) => {
  it('leads to the same state after a fault at any step and a repeat as without a fault', async () => {
    const undisturbed = await prepare();
    const calls = await runWithFault(undisturbed, act);
    const expected = await visibleState(undisturbed);
    expect(expected).not.toEqual(await visibleState(await prepare()));
    for (const fault of allFaults(calls.length)) {
      const world = await prepare();
      await runWithFault(world, act, fault);
      const repeat = await act(world.ports);
      if (repeat.ok || repeat.code !== codeWhenDone) granted(repeat);
      expect({ fault, ...(await visibleState(world)) }).toEqual({ fault, ...expected });
    }
  });
});
