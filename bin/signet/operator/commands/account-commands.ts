// `signet account …`: accounts and their pools.
import {
  createAccount,
  listAccounts,
  resumeAccount,
  setAccount,
  showAccount,
  suspendAccount,
} from '../../../../lib/relay/operator/accounts/accounts.ts';
import { type DeletionProgress, deleteAccount } from '../../../../lib/relay/operator/accounts/delete-account.ts';
import { addPool, removePool } from '../../../../lib/relay/operator/accounts/pools.ts';
import { flag, optional, repeated, required } from '../../../../lib/terminal/program.ts';
import { DURATION, formatDuration, ID, NAME, TEXT } from '../../../../lib/terminal/values.ts';
import type { SignetTerminal } from '../../terminal/signet-terminal.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewAccount, viewAccounts, viewWhole } from '../show/show-account.ts';
import { QUOTA_OPTIONS, rangeOf } from './quota-options.ts';
import { requireChange } from './require-change.ts';

const LIMITS_OF_JOBS = {
  jobDeadline: optional(
    DURATION,
    `an open job expires after this time, ${rangeOf('jobDeadlineSeconds', formatDuration)}`,
  ),
  resultFreshness: optional(
    DURATION,
    `how long a result counts as fresh, ${rangeOf('resultFreshnessSeconds', formatDuration)}`,
  ),
} as const;

const CHANGES = { name: optional(TEXT, 'its name, for people'), ...LIMITS_OF_JOBS } as const;

export const ACCOUNT_COMMANDS: readonly Command[] = [
  command({
    name: 'account create',
    does: 'create an account with its queues',
    details: ['With --id, the same command run again after a crash creates what is missing.'],
    arguments: [],
    options: {
      name: required(TEXT, 'its name, for people'),
      id: optional(ID, 'its id, sixteen characters of a–z and 2–7', 'a generated one'),
      ...QUOTA_OPTIONS,
      ...LIMITS_OF_JOBS,
      pool: repeated(NAME, 'a pool of agents; the first is the default pool'),
    },
    examples: [
      'signet account create --name "Acme Ltd"',
      'signet account create --name "Acme Ltd" --jobs-per-month 50000 --pool default --pool eu --stage prod',
    ],
    changes: true,
    run: ({ access, options: { id, pool, jobDeadline, resultFreshness, ...input } }) =>
      show(
        createAccount(access, {
          ...input,
          ...(id !== undefined && { accountId: id }),
          ...(pool && { pools: pool }),
          ...seconds({ jobDeadline, resultFreshness }),
        }),
        (account) =>
          viewAccount(account, [
            `Next: signet key create ${account.accountId} --profile rfc9421`,
            `      signet agent token ${account.accountId}`,
          ]),
      ),
  }),
  command({
    name: 'account list',
    does: 'list all accounts',
    arguments: [],
    options: {},
    examples: ['signet account list', 'signet account list --json'],
    changes: false,
    run: ({ access }) => show(listAccounts(access), viewAccounts),
  }),
  command({
    name: 'account show',
    does: 'show one account',
    arguments: ['account'],
    options: {},
    examples: ['signet account show acmeacmeacmeacme'],
    changes: false,
    run: ({ access, words: { account } }) => show(showAccount(access, account), viewWhole),
  }),
  command({
    name: 'account set',
    does: 'change the name, the deadline or the freshness',
    details: ['The other values stay. signet quota set changes the quota.'],
    arguments: ['account'],
    options: CHANGES,
    examples: ['signet account set acmeacmeacmeacme --job-deadline 12h --result-freshness 7d'],
    changes: true,
    run: ({ access, words: { account }, options }) => {
      requireChange(options, CHANGES);
      const { jobDeadline, resultFreshness, ...name } = options;
      return show(setAccount(access, account, { ...name, ...seconds({ jobDeadline, resultFreshness }) }), (changed) =>
        viewAccount(changed),
      );
    },
  }),
  command({
    name: 'account suspend',
    does: 'refuse the requests of an account',
    details: ['It takes effect within a minute. Its agents finish and report the jobs that they hold.'],
    arguments: ['account'],
    options: {},
    examples: ['signet account suspend acmeacmeacmeacme'],
    changes: true,
    confirm: ({ words: { account } }) => ({
      sentences: [
        `Every request of account ${account} will be refused with account_suspended, within a minute.`,
        'Its agents get no new jobs. signet account resume undoes it.',
      ],
      id: account,
    }),
    run: ({ access, words: { account } }) => show(suspendAccount(access, account), (changed) => viewAccount(changed)),
  }),
  command({
    name: 'account resume',
    does: 'accept the requests of a suspended account again',
    arguments: ['account'],
    options: {},
    examples: ['signet account resume acmeacmeacmeacme'],
    changes: true,
    run: ({ access, words: { account } }) => show(resumeAccount(access, account), (changed) => viewAccount(changed)),
  }),
  command({
    name: 'account delete',
    does: 'delete an account and all its data, forever',
    details: [
      'It is refused while jobs are open, unless you add --cancel-jobs. It stops admission, waits a minute until no',
      'running function knows the account, and deletes queues, imported secrets and every row.',
      'If it is stopped, run it again to continue.',
    ],
    arguments: ['account'],
    options: { cancelJobs: flag('cancel the open jobs') },
    examples: ['signet account delete acmeacmeacmeacme', 'signet account delete acmeacmeacmeacme --cancel-jobs --yes'],
    changes: true,
    isLong: true,
    confirm: ({ words: { account }, options: { cancelJobs } }) => ({
      sentences: [
        `Account ${account} will be deleted forever: jobs, results, evidence, keys, agents, endpoints, queues and secrets.`,
        ...(cancelJobs ? ['Its open jobs will be canceled.'] : []),
        'It cannot be restored.',
      ],
      id: account,
    }),
    run: ({ access, terminal, words: { account }, options, progress }) =>
      show(
        deleteAccount(access, account, { ...options, onProgress: (now) => progress(describe(now, terminal)) }),
        ({ rows, queues, secrets }) => ({
          json: { deleted: { accountId: account, rows, queues, secrets } },
          lines: () => [
            `Account ${account} is deleted. Rows: ${rows}, queues: ${queues}, imported secrets: ${secrets}.`,
          ],
        }),
      ),
  }),
  command({
    name: 'account pool add',
    does: 'add a pool of agents, with its queue',
    arguments: ['account', 'pool'],
    options: { first: flag('make it the default pool') },
    examples: ['signet account pool add acmeacmeacmeacme eu'],
    changes: true,
    run: ({ access, words: { account, pool }, options }) =>
      show(addPool(access, account, pool, options), (changed) => viewAccount(changed)),
  }),
  command({
    name: 'account pool remove',
    does: 'remove an unused pool and its queue',
    details: [
      'It is refused for the default pool, and for a pool with open jobs or enrolled agents. It waits a minute until',
      'no running function sends to the queue.',
    ],
    arguments: ['account', 'pool'],
    options: {},
    examples: ['signet account pool remove acmeacmeacmeacme eu'],
    changes: true,
    confirm: ({ words: { account, pool } }) => ({
      sentences: [`Pool ${pool} of account ${account} and its queue will be deleted. New jobs for it will be refused.`],
      id: pool,
    }),
    isLong: true,
    run: ({ access, terminal, words: { account, pool }, progress }) =>
      show(
        removePool(access, account, pool, (seconds) => progress(describe({ step: 'waiting', seconds }, terminal))),
        (changed) => viewAccount(changed),
      ),
  }),
];

function seconds({
  jobDeadline,
  resultFreshness,
}: {
  jobDeadline?: number | undefined;
  resultFreshness?: number | undefined;
}) {
  return {
    ...(jobDeadline !== undefined && { jobDeadlineSeconds: jobDeadline }),
    ...(resultFreshness !== undefined && { resultFreshnessSeconds: resultFreshness }),
  };
}

function describe(now: DeletionProgress, { nowMs }: SignetTerminal): string {
  if (now.step === 'waiting') {
    const [, time] = new Date(nowMs() + now.seconds * 1000).toISOString().split(/T|\./);
    return `Waiting ${now.seconds} s, until ${time}Z, so that no running function still uses it …`;
  }
  if (now.step === 'canceling') return `Canceling ${now.jobs} jobs …`;
  return `Deleting ${now.step}: ${now.removed} …`;
}
