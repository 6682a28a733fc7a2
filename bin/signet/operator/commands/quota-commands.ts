// `signet quota …`: how many jobs an account may submit.
import type { QuotaView } from '../../../../lib/protocol/messages.ts';
import { setQuota, showQuota } from '../../../../lib/relay/operator/accounts/quota.ts';
import { type Column, showTable } from '../../../../lib/terminal/show-table.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import type { View } from '../view.ts';
import { QUOTA_OPTIONS } from './quota-options.ts';
import { requireChange } from './require-change.ts';

export const QUOTA_COMMANDS: readonly Command[] = [
  command({
    name: 'quota show',
    does: 'show what an account has used of its quota',
    arguments: ['account'],
    options: {},
    examples: ['signet quota show acmeacmeacmeacme'],
    changes: false,
    run: ({ access, words: { account } }) => show(showQuota(access, account), viewQuota),
  }),
  command({
    name: 'quota set',
    does: 'change the quota of an account',
    details: ['It takes effect within a minute. The other quota stays, and used jobs stay used.'],
    arguments: ['account'],
    options: QUOTA_OPTIONS,
    examples: ['signet quota set acmeacmeacmeacme --jobs-per-month 50000 --jobs-per-minute 1000'],
    changes: true,
    run: ({ access, words: { account }, options }) => {
      requireChange(options, QUOTA_OPTIONS);
      return show(setQuota(access, account, options), viewQuota);
    },
  }),
];

type Window = QuotaView['month'] & { readonly window: string };

const COLUMNS: readonly Column<Window>[] = [
  { head: 'window', cell: ({ window }) => window },
  { head: 'limit', cell: ({ limit }) => limit, isNumber: true },
  { head: 'used', cell: ({ used }) => used, isNumber: true },
  { head: 'left', cell: ({ remaining }) => remaining, isNumber: true },
  { head: 'resets', cell: ({ resetsAt }) => resetsAt },
];

function viewQuota(quota: QuotaView): View {
  const windows = [
    { window: 'month', ...quota.month },
    { window: 'minute', ...quota.minute },
  ];
  return { json: { quota }, lines: (width) => showTable(windows, COLUMNS, width) };
}
