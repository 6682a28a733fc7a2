// `signet status`: how a deployment does, on one screen.

import { readStatus } from '../../../../lib/relay/operator/deployment/status.ts';
import { done } from '../../../../lib/relay/operator/outcome.ts';
import { type Command, command } from '../command.ts';
import { viewStatus } from '../show/show-status.ts';

export const STATUS_COMMANDS: readonly Command[] = [
  command({
    name: 'status',
    does: 'show traffic, what waits, agents, failing endpoints and dead letters',
    details: ['Counts of queues are about right; agents are seen with up to ten minutes’ delay.'],
    arguments: [],
    options: {},
    examples: ['signet status', 'signet status --stage prod --json'],
    changes: false,
    run: async ({ access }) => done(viewStatus(await readStatus(access))),
  }),
];
