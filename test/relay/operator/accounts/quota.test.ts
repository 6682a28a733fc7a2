// The quota of an account as an operator shows and sets it.
import { expect, it } from 'vitest';
import { setQuota, showQuota } from '../../../../lib/relay/operator/accounts/quota.ts';
import { granted, refusalOf } from '../../../support/relay/outcomes.ts';
import { ACCOUNT } from '../../../support/relay/samples.ts';
import { createWorld, sampleSubmission } from '../../../support/relay/world.ts';

const { accountId } = ACCOUNT;

it('shows the quota that the partner sees, and a change takes effect at once', async () => {
  const world = await createWorld();
  await world.submit(sampleSubmission());
  const seen = (await world.get('/api/quota')).json;
  expect(granted(await showQuota(world.ports, accountId))).toEqual(seen);
  const changed = granted(await setQuota(world.ports, accountId, { jobsPerMonth: 1 }));
  expect(changed).toMatchObject({ month: { limit: 1, used: 1, remaining: 0 }, minute: seen.minute });
  expect((await world.submit(sampleSubmission())).json.code).toBe('quota_exceeded');
  expect(refusalOf(await showQuota(world.ports, 'nobody'))).toBe('account_unknown');
});
