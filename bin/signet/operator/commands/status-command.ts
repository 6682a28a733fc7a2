// `signet status`: the state of a deployment on one screen.

import { readStatus } from '../../../../lib/relay/operator/deployment/status.ts';
import { done } from '../../../../lib/relay/operator/outcome.ts';
import { type Command, command } from '../command.ts';
import { viewStatus } from '../show/show-status.ts';

export const STATUS_COMMANDS: readonly Command[] = [
  command({
    name: 'status',
    does: 'show traffic, queues, agents, failing endpoints and dead letters',
    details: ['The counts of queues are approximate. The state of agents is up to ten minutes old.'],
    arguments: [],
    options: {},
    examples: ['signet status', 'signet status --stage prod --json'],
    changes: false,
    run: async ({ access }) => done(viewStatus(await readStatus(access))),
  }),
];
