// The table of the agent's commands.
import { hostname } from 'node:os';
import { VERSION } from '../lib/api/version.ts';
import {
  commandsOn,
  type Given,
  type OptionRows,
  overridable,
  type Program,
  type RunnableCommand,
} from '../lib/terminal/program.ts';
import { FILE, type Kind, NAME, TEXT } from '../lib/terminal/values.ts';
import { enroll } from './enroll.ts';
import type { Terminal } from './events/terminal.ts';
import { once } from './once.ts';
import { run } from './run.ts';
import { stateDirectory } from './state/state-directory.ts';
import { status } from './status.ts';

const DIRECTORY: Kind<string> = { ...FILE, placeholder: 'DIR', takes: 'the name of a directory', example: './agent' };
const DOMAIN: Kind<string> = { ...TEXT, placeholder: 'DOMAIN', takes: 'a domain', example: 'shop.example' };

const STATE = {
  state: overridable(DIRECTORY, 'where key and spool are', 'SIGNET_AGENT_STATE, else the usual folder of the platform'),
} as const satisfies OptionRows;

function directoryOf({ state }: Given<typeof STATE>, terminal: Terminal): string {
  return stateDirectory(state, terminal);
}

const command = commandsOn<Terminal>();

export const COMMANDS: readonly RunnableCommand<Terminal>[] = [
  command({
    name: 'enroll',
    does: 'create a key and enrol this desktop at the relay',
    details: ['The operator makes the token. It works once, and for ten minutes.'],
    arguments: ['token'],
    options: { ...STATE, name: overridable(NAME, 'how the relay shows this desktop', 'the host name') },
    examples: ['signet-agent enroll set_eyJ1Ijoi'],
    async run({ words: { token }, options: { name = hostname().slice(0, 64) || 'desktop', ...state } }, terminal) {
      const { enrollment } = await enroll({ directory: directoryOf(state, terminal), token, name }, terminal);
      const text = `Enrolled as ${enrollment.agentId} in pool ${enrollment.pool} of ${enrollment.relayUrl}.\nNow run: signet-agent run\n`;
      terminal.out(terminal.outIsTerminal ? text : `${JSON.stringify({ event: 'agent.enrolled', ...enrollment })}\n`);
      return 'done';
    },
  }),
  command({
    name: 'run',
    does: 'pull jobs from the relay until it is stopped',
    details: ['It prints one line for each event: text on a terminal, else JSON. Ctrl-C or SIGTERM stops it.'],
    arguments: [],
    options: STATE,
    examples: ['signet-agent run'],
    async run({ options }, terminal) {
      await run(directoryOf(options, terminal), terminal);
      return 'done';
    },
  }),
  command({
    name: 'once',
    does: 'resolve one link here and print the result',
    details: ['It needs no relay and no enrolment.'],
    arguments: ['url'],
    options: { expect: overridable(DOMAIN, 'where the link should end') },
    examples: ['signet-agent once https://shop.example/offer --expect shop.example'],
    run: async ({ words: { url }, options: { expect } }, terminal) =>
      (await once(url, expect, terminal)) ? 'done' : 'not_valid',
  }),
  command({
    name: 'status',
    does: 'show the identity of this desktop and what is pending',
    arguments: [],
    options: STATE,
    examples: ['signet-agent status'],
    async run({ options }, terminal) {
      status(directoryOf(options, terminal), terminal);
      return 'done';
    },
  }),
];

export const SIGNET_AGENT: Program<RunnableCommand<Terminal>> = {
  name: 'signet-agent',
  version: VERSION,
  does: 'Resolves links for a Signet Relay from behind your firewall. It opens no port.',
  sections: [{ title: 'Commands:', commands: COMMANDS }],
  environment: {
    SIGNET_AGENT_STATE: 'the state directory, when --state is not given',
    SIGNET_ALLOW_CIDRS: 'ranges outside the public Internet that links may lead to, such as 10.0.0.0/8,fd00::/8',
  },
  examples: COMMANDS.map(({ examples: [first] }) => first),
};
