// `signet queues …` and `signet events …`: what is lost is made again from the table.

import { type Reconciliation, reconcileQueues } from '../../../../lib/relay/operator/deployment/queues.ts';
import { type Rebuilt, rebuild } from '../../../../lib/relay/operator/jobs/events.ts';
import { type Command, command, optional, required } from '../command.ts';
import { show } from '../outcomes.ts';
import { type Column, oneLine, showTable } from '../show/show-table.ts';
import { ID, MOMENT } from '../values.ts';
import type { View } from '../view.ts';

const ONE_ACCOUNT = optional(ID, 'of this account alone; without it of all');

export const REPAIR_COMMANDS: readonly Command[] = [
  command({
    name: 'queues reconcile',
    does: 'make job queues that are missing, and name those of nobody',
    details: ['Open jobs of a queue that was made again are sent again. Queues of nobody are named, never deleted.'],
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
    does: 'send webhooks again that were lost on the way',
    details: [
      'From jobs that have ended. What was delivered, or waits for its next try, is not sent; ids are the same.',
    ],
    arguments: [],
    options: { since: required(MOMENT, 'of jobs that ended since'), account: ONE_ACCOUNT },
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
      ...(created.length === 0 ? ['No queue is missing.'] : list('Made again:', created, width)),
      ...list('There, but empty while jobs are open:', refilled, width),
      ...(orphans.length === 0
        ? []
        : ['', 'Queues of nobody, left alone:', ...orphans.map((name) => `  ${oneLine(name)}`)]),
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
    lines: () => [`Sent again: ${sent}.`, ...(failed > 0 ? [`Not sent: ${failed}. Run it again.`] : [])],
  };
}
