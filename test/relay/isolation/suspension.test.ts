// Suspended accounts and accounts that are being deleted, in functions that cache rows for a minute.

import { describe, expect, it } from 'vitest';
import { cacheRows } from '../../../lib/aws/table/row-cache.ts';
import { TUNING } from '../../../lib/relay/model/tuning.ts';
import { resumeAccount, suspendAccount } from '../../../lib/relay/operator/accounts/accounts.ts';
import { createEnrollmentToken } from '../../../lib/relay/operator/accounts/agents.ts';
import { setQuota } from '../../../lib/relay/operator/accounts/quota.ts';
import { enroll } from '../../support/relay/enrolling.ts';
import { jwsFor, leaseOne } from '../../support/relay/evidence-samples.ts';
import { granted } from '../../support/relay/outcomes.ts';
import { ACCOUNT } from '../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../support/relay/world.ts';

const { accountId } = ACCOUNT;

/** Returns a world whose function has cached the account. */
async function warmWorld() {
  const world = await createWorld();
  const { directory } = world.ports;
  const options = { seconds: TUNING.rowCacheSeconds, clock: world.ports.clock };
  const findAccount = cacheRows((id) => directory.findAccount(id), options);
  world.ports.directory = { ...directory, findAccount: (id) => findAccount(id) };
  const submit = async () => (await world.submit(sampleSubmission())).json.code ?? 'accepted';
  expect(await submit()).toBe('accepted');
  return { world, submit };
}

describe('a warm function', () => {
  it('refuses the partner of a suspended account after a minute at the latest, and accepts it again after another', async () => {
    const { world, submit } = await warmWorld();
    granted(await suspendAccount(world.ports, accountId));
    world.passSeconds(TUNING.rowCacheSeconds - 1);
    expect(await submit()).toBe('accepted');
    world.passSeconds(1);
    expect(await submit()).toBe('account_suspended');
    granted(await resumeAccount(world.ports, accountId));
    world.passSeconds(TUNING.rowCacheSeconds);
    expect(await submit()).toBe('accepted');
  });

  it('applies a changed quota after a minute at the latest', async () => {
    const { world, submit } = await warmWorld();
    granted(await setQuota(world.ports, accountId, { jobsPerMonth: 1 }));
    expect(await submit()).toBe('accepted');
    world.passSeconds(TUNING.rowCacheSeconds);
    expect(await submit()).toBe('quota_exceeded');
  });
});

describe.each(['suspended', 'deleting'] as const)('an account that is %s', (state) => {
  it('has its partners refused, and none of their one-time values is claimed', async () => {
    const world = await createWorld();
    await world.putAccount({ ...ACCOUNT, state });
    const answers = [await world.submit(sampleSubmission()), await world.get('/api/links')];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [403, 'account_suspended'],
      [403, 'account_suspended'],
    ]);
    expect(world.ports.oneTimeValues.count()).toBe(0);
  });

  it('accepts no new agent, even if the token was made before', async () => {
    const world = await createWorld();
    const input = { accountId, relayUrl: 'https://relay.example' };
    const { token } = granted(await createEnrollmentToken(world.ports, input));
    await world.putAccount({ ...ACCOUNT, state });
    expect((await enroll(world, token.reveal())).json.code).toBe('enrollment_refused');
    await world.putAccount(ACCOUNT);
    expect((await enroll(world, token.reveal())).status).toBe(200);
  });
});

it('a removed pool accepts no agent, even if the token was made before', async () => {
  const world = await createWorld();
  const input = { accountId, pool: 'second', relayUrl: 'https://relay.example' };
  const { token } = granted(await createEnrollmentToken(world.ports, input));
  await world.putAccount({ ...ACCOUNT, pools: ['default'] });
  expect((await enroll(world, token.reveal())).json.code).toBe('enrollment_refused');
});

it('agents of an account that is being deleted are refused, and nothing that they send is written', async () => {
  const world = await createWorld();
  const leased = await leaseOne(world);
  await world.putAccount({ ...ACCOUNT, state: 'deleting' });
  const writesBefore = world.ports.directory.presenceWrites();
  world.passSeconds(60);
  const results = [{ lease: leased.lease, jws: jwsFor(world, leased) }];
  const { status, json } = await world.pull({ results, want: 1 });
  expect([status, (json as unknown as { code: string }).code]).toEqual([403, 'account_suspended']);
  expect(await world.ports.evidence.find(leased.lease.jobId)).toBeUndefined();
  expect(world.ports.directory.presenceWrites()).toBe(writesBefore);
});
