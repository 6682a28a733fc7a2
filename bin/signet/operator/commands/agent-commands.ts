// `signet agent …`: the desktops that do the work.
import {
  createEnrollmentToken,
  listAgents,
  pauseAgent,
  resumeAgent,
  revokeAgent,
} from '../../../../lib/relay/operator/accounts/agents.ts';
import { wrap } from '../../terminal/layout.ts';
import { type Command, command, optional, repeated } from '../command.ts';
import { show } from '../outcomes.ts';
import { viewAgent, viewAgents } from '../show/show-agent.ts';
import { iso, showMinute } from '../show/show-time.ts';
import { NAME, TEXT } from '../values.ts';
import type { View } from '../view.ts';

export const AGENT_COMMANDS: readonly Command[] = [
  command({
    name: 'agent token',
    does: 'make a token that enrols one desktop',
    details: ['Good once, and for ten minutes.'],
    arguments: ['account'],
    options: {
      pool: optional(NAME, 'which pool it works in; without it the default one'),
      label: repeated(TEXT, 'what tells it from others'),
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
              `A token for one desktop of account ${accountId}, pool ${inPool}, good until ${showMinute(expiresAt)}.`,
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
    does: 'give an agent no more work',
    details: ['Within a minute. What it holds it finishes and reports.'],
    arguments: ['account', 'agent'],
    options: {},
    examples: ['signet agent pause acmeacmeacmeacme agt_abc'],
    changes: true,
    run: ({ access, terminal, words: { account, agent } }) =>
      show(pauseAgent(access, account, agent), (paused) => viewAgent(paused, terminal.nowMs())),
  }),
  command({
    name: 'agent resume',
    does: 'give a paused agent work again',
    arguments: ['account', 'agent'],
    options: {},
    examples: ['signet agent resume acmeacmeacmeacme agt_abc'],
    changes: true,
    run: ({ access, terminal, words: { account, agent } }) =>
      show(resumeAgent(access, account, agent), (resumed) => viewAgent(resumed, terminal.nowMs())),
  }),
  command({
    name: 'agent revoke',
    does: 'refuse an agent for good',
    details: ['Its public key stays: evidence that it signed can be checked with it.'],
    arguments: ['account', 'agent'],
    options: {},
    examples: ['signet agent revoke acmeacmeacmeacme agt_abc'],
    changes: true,
    confirm: ({ words: { account, agent } }) => ({
      sentences: [
        `Agent ${agent} of account ${account} will be refused within a minute, for good.`,
        'What it holds goes to another agent when the lease runs out. The desktop needs a new key to come back.',
      ],
      id: agent,
    }),
    run: ({ access, terminal, words: { account, agent } }) =>
      show(revokeAgent(access, account, agent), (revoked) => viewAgent(revoked, terminal.nowMs())),
  }),
];
