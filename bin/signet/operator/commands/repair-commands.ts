// `signet queues …` and `signet events …`: creates lost queues and events again, from the table.

import { type Reconciliation, reconcileQueues } from '../../../../lib/relay/operator/deployment/queues.ts';
import { type Rebuilt, rebuild } from '../../../../lib/relay/operator/jobs/events.ts';
import { oneLine } from '../../../../lib/terminal/layout.ts';
import { optional, required } from '../../../../lib/terminal/program.ts';
import { type Column, showTable } from '../../../../lib/terminal/show-table.ts';
import { ID, MOMENT } from '../../../../lib/terminal/values.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import type { View } from '../view.ts';

const ONE_ACCOUNT = optional(ID, 'this account only', 'all accounts');

export const REPAIR_COMMANDS: readonly Command[] = [
  command({
    name: 'queues reconcile',
    does: 'create missing job queues, and list queues without an account',
    details: [
      'The open jobs of such a queue are enqueued again. Queues without an account are listed, and never deleted.',
    ],
    arguments: [],
    options: { account: ONE_ACCOUNT },
    examples: ['signet queues reconcile', 'signet queues reconcile --account acmeacmeacmeacme'],
    changes: true,
    isLong: true,
    run: ({ access, options: { account } }) =>
      show(reconcileQueues(access, account === undefined ? {} : { accountId: account }), viewReconciliation),
  }),
  command({
    name: 'events rebuild',
    does: 'send lost webhook events again',
    details: [
      'It derives the events from jobs that have ended, with the same ids. It skips events that are delivered or pending.',
    ],
    arguments: [],
    options: { since: required(MOMENT, 'events of jobs that ended since then'), account: ONE_ACCOUNT },
    examples: [
      'signet events rebuild --since 2d',
      'signet events rebuild --since 2026-01-31T12:00:00Z --account acmeacmeacmeacme',
    ],
    changes: true,
    isLong: true,
    run: ({ access, options: { since, account } }) =>
      show(rebuild(access, { sinceMs: since, ...(account !== undefined && { accountId: account }) }), viewRebuilt),
  }),
];

function viewReconciliation({ created, refilled, orphans }: Reconciliation): View {
  const list = (title: string, queues: Reconciliation['created'], width: number) =>
    queues.length === 0 ? [] : [title, ...showTable(queues, COLUMNS, width)];
  return {
    json: { created, refilled, orphans },
    isPartial: [...created, ...refilled].some(({ unsent }) => unsent > 0),
    lines: (width) => [
      ...(created.length === 0 ? ['No queue is missing.'] : list('Created:', created, width)),
      ...list('Empty although jobs are open:', refilled, width),
      ...(orphans.length === 0
        ? []
        : ['', 'Queues without an account:', ...orphans.map((name) => `  ${oneLine(name)}`)]),
    ],
  };
}

const COLUMNS: readonly Column<Reconciliation['created'][number]>[] = [
  { head: 'account', cell: ({ accountId }) => accountId },
  { head: 'pool', cell: ({ pool }) => pool },
  { head: 'sent again', cell: ({ resent }) => resent, isNumber: true },
  { head: 'not sent', cell: ({ unsent }) => unsent, isNumber: true },
];

function viewRebuilt({ sent, failed }: Rebuilt): View {
  return {
    json: { sent, failed },
    isPartial: failed > 0,
    lines: () => [`Sent again: ${sent}.`, ...(failed > 0 ? [`Not sent: ${failed}. Run the same command again.`] : [])],
  };
}
