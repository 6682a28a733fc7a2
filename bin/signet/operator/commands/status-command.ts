// `signet status`: the state of a deployment on one screen.

import { readStatus } from '../../../../lib/relay/operator/deployment/status.ts';
import { done } from '../../../../lib/relay/operator/outcome.ts';
import { type Command, command } from '../command.ts';
import { viewStatus } from '../show/show-status.ts';

export const STATUS_COMMANDS: readonly Command[] = [
  command({
    name: 'status',
    does: 'show traffic, open jobs, agents, failing endpoints, waiting deliveries and dead letters',
    details: [
      'Open jobs are counted in the table, up to 10,000 rows. The counts of deliveries in queues are approximate.',
      'The state of agents is up to ten minutes old.',
    ],
    arguments: [],
    options: {},
    examples: ['signet status', 'signet status --stage prod --json'],
    changes: false,
    run: async ({ access }) => done(viewStatus(await readStatus(access))),
  }),
];
