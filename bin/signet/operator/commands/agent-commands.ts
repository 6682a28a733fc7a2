// `signet agent …`: the agents of an account, which run on desktops.
import {
  createEnrollmentToken,
  listAgents,
  pauseAgent,
  resumeAgent,
  revokeAgent,
} from '../../../../lib/relay/operator/accounts/agents.ts';
import { wrap } from '../../../../lib/terminal/layout.ts';
import { optional, repeated } from '../../../../lib/terminal/program.ts';
import { NAME, TEXT } from '../../../../lib/terminal/values.ts';
import { type Command, command } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewAgent, viewAgents } from '../show/show-agent.ts';
import { iso, showMinute } from '../show/show-time.ts';
import type { View } from '../view.ts';

export const AGENT_COMMANDS: readonly Command[] = [
  command({
    name: 'agent token',
    does: 'create a token that enrols one desktop',
    details: ['The token works once, and for ten minutes.'],
    arguments: ['account'],
    options: {
      pool: optional(NAME, 'its pool', 'the default pool'),
      label: repeated(TEXT, 'a word that describes the desktop'),
    },
    examples: ['signet agent token acmeacmeacmeacme', 'signet agent token acmeacmeacmeacme --pool eu --label berlin'],
    changes: true,
    givesSecret: true,
    run: ({ access, words: { account: accountId }, options: { label, pool } }) =>
      show(
        createEnrollmentToken(access, {
          accountId,
          relayUrl: access.deployment.apiUrl,
          ...(pool !== undefined && { pool }),
          ...(label && { labels: label }),
        }),
        ({ token, expiresAt, pool: inPool }): View => ({
          json: { accountId, pool: inPool, expiresAt: iso(expiresAt) },
          lines: (width) =>
            wrap(
              `A token for one desktop of account ${accountId}, pool ${inPool}, valid until ${showMinute(expiresAt)}.`,
              width,
            ),
          secret: {
            name: 'token',
            value: token,
            advice: 'On the desktop: npx signet-agent enroll TOKEN, then npx signet-agent run.',
          },
        }),
      ),
  }),
  command({
    name: 'agent list',
    does: 'list the agents of an account',
    arguments: ['account'],
    options: {},
    examples: ['signet agent list acmeacmeacmeacme'],
    changes: false,
    run: ({ access, terminal, words: { account } }) =>
      show(listAgents(access, account), (agents) => viewAgents(agents, terminal.nowMs())),
  }),
  command({
    name: 'agent pause',
    does: 'stop giving jobs to an agent',
    details: ['It takes effect within a minute. The agent finishes and reports the jobs that it holds.'],
    arguments: ['account', 'agent'],
    options: {},
    examples: ['signet agent pause acmeacmeacmeacme agt_abc'],
    changes: true,
    run: ({ access, terminal, words: { account, agent } }) =>
      show(pauseAgent(access, account, agent), (paused) => viewAgent(paused, terminal.nowMs())),
  }),
  command({
    name: 'agent resume',
    does: 'give jobs to a paused agent again',
    arguments: ['account', 'agent'],
    options: {},
    examples: ['signet agent resume acmeacmeacmeacme agt_abc'],
    changes: true,
    run: ({ access, terminal, words: { account, agent } }) =>
      show(resumeAgent(access, account, agent), (resumed) => viewAgent(resumed, terminal.nowMs())),
  }),
  command({
    name: 'agent revoke',
    does: 'refuse an agent forever',
    details: ['Its public key is kept, so that its evidence can still be verified.'],
    arguments: ['account', 'agent'],
    options: {},
    examples: ['signet agent revoke acmeacmeacmeacme agt_abc'],
    changes: true,
    confirm: ({ words: { account, agent } }) => ({
      sentences: [
        `Agent ${agent} of account ${account} will be refused within a minute, forever.`,
        'Its jobs go to another agent when their leases expire. To work again, the desktop must enrol with a new key.',
      ],
      id: agent,
    }),
    run: ({ access, terminal, words: { account, agent } }) =>
      show(revokeAgent(access, account, agent), (revoked) => viewAgent(revoked, terminal.nowMs())),
  }),
];
