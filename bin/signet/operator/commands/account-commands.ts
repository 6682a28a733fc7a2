// `signet account …`: tenants, their pools, and their end.
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
import { type Command, command, flag, optional, repeated, required } from '../command.ts';
import type { OperatorTerminal } from '../operator-terminal.ts';
import { show } from '../outcomes.ts';
import { viewAccount, viewAccounts, viewWhole } from '../show/show-account.ts';
import { DURATION, formatDuration, ID, NAME, TEXT } from '../values.ts';
import { requireChange } from './options-of.ts';
import { QUOTA_OPTIONS, rangeOf } from './quota-options.ts';

const LIMITS_OF_JOBS = {
  jobDeadline: optional(
    DURATION,
    `a job that nobody did ends after that, ${rangeOf('jobDeadlineSeconds', formatDuration)}`,
  ),
  resultFreshness: optional(
    DURATION,
    `how long a result is ready to use, ${rangeOf('resultFreshnessSeconds', formatDuration)}`,
  ),
} as const;

const CHANGES = { name: optional(TEXT, 'what people call it'), ...LIMITS_OF_JOBS } as const;

export const ACCOUNT_COMMANDS: readonly Command[] = [
  command({
    name: 'account create',
    does: 'make an account with its queues',
    details: ['With an --id of your own the same line, run again after a crash, finishes what is missing.'],
    arguments: [],
    options: {
      name: required(TEXT, 'what people call it'),
      id: optional(ID, 'sixteen characters of a–z and 2–7; without it one is made'),
      ...QUOTA_OPTIONS,
      ...LIMITS_OF_JOBS,
      pool: repeated(NAME, 'a pool of agents; the first is the default one'),
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
    does: 'change name, deadline or freshness',
    details: ['What is not named stays. signet quota set changes the quota.'],
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
    does: 'take no more requests of an account',
    details: ['Within a minute. What its agents hold they finish and report; nothing is lost.'],
    arguments: ['account'],
    options: {},
    examples: ['signet account suspend acmeacmeacmeacme'],
    changes: true,
    confirm: ({ words: { account } }) => ({
      sentences: [
        `Every request of account ${account} will be refused with account_suspended, within a minute.`,
        'Its agents get no new work. signet account resume undoes it.',
      ],
      id: account,
    }),
    run: ({ access, words: { account } }) => show(suspendAccount(access, account), (changed) => viewAccount(changed)),
  }),
  command({
    name: 'account resume',
    does: 'take requests of a suspended account again',
    arguments: ['account'],
    options: {},
    examples: ['signet account resume acmeacmeacmeacme'],
    changes: true,
    run: ({ access, words: { account } }) => show(resumeAccount(access, account), (changed) => viewAccount(changed)),
  }),
  command({
    name: 'account delete',
    does: 'delete an account and everything of it, for good',
    details: [
      'Refused while jobs are open, unless they are to be canceled. It stops admission, waits until no running',
      'function knows the account any more (a minute), and deletes queues, imported secrets and every row.',
      'Stopped at any moment, it goes on when it is run again.',
    ],
    arguments: ['account'],
    options: { cancelJobs: flag('cancel the jobs that are open') },
    examples: ['signet account delete acmeacmeacmeacme', 'signet account delete acmeacmeacmeacme --cancel-jobs --yes'],
    changes: true,
    isLong: true,
    confirm: ({ words: { account }, options: { cancelJobs } }) => ({
      sentences: [
        `Account ${account} will be deleted for good: jobs, results, evidence, keys, agents, endpoints, queues and secrets.`,
        ...(cancelJobs ? ['Jobs that are open will be canceled.'] : []),
        'Nothing brings it back.',
      ],
      id: account,
    }),
    run: ({ access, terminal, words: { account }, options, progress }) =>
      show(
        deleteAccount(access, account, { ...options, onProgress: (now) => progress(describe(now, terminal)) }),
        ({ rows, queues, secrets }) => ({
          json: { deleted: { accountId: account, rows, queues, secrets } },
          lines: () => [`Account ${account} is gone. Rows: ${rows}, queues: ${queues}, imported secrets: ${secrets}.`],
        }),
      ),
  }),
  command({
    name: 'account pool add',
    does: 'add a pool of agents, with its queue',
    arguments: ['account', 'pool'],
    options: { first: flag('make it the default one') },
    examples: ['signet account pool add acmeacmeacmeacme eu'],
    changes: true,
    run: ({ access, words: { account, pool }, options }) =>
      show(addPool(access, account, pool, options), (changed) => viewAccount(changed)),
  }),
  command({
    name: 'account pool remove',
    does: 'remove a pool that nothing uses, and its queue',
    details: [
      'Refused for the default pool, and while jobs of it are open or agents are enrolled in it. It waits a minute',
      'until no running function sends to the queue.',
    ],
    arguments: ['account', 'pool'],
    options: {},
    examples: ['signet account pool remove acmeacmeacmeacme eu'],
    changes: true,
    confirm: ({ words: { account, pool } }) => ({
      sentences: [`Pool ${pool} of account ${account} and its queue will be deleted. Jobs for it will be refused.`],
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

function describe(now: DeletionProgress, { nowMs }: OperatorTerminal): string {
  if (now.step === 'waiting') {
    const [, time] = new Date(nowMs() + now.seconds * 1000).toISOString().split(/T|\./);
    return `Waiting ${now.seconds} s, to ${time}Z, until no running function knows it any more …`;
  }
  if (now.step === 'canceling') return `Canceling ${now.jobs} jobs …`;
  return `Deleting ${now.step}: ${now.removed} …`;
}
