// The `signet` command that partners and consumers install: their commands alone.
import { VERSION } from '../../../lib/api/version.ts';
import type { Program } from '../../../lib/terminal/program.ts';
import { runProgram } from '../../../lib/terminal/run-program.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import { PARTNER_COMMANDS, type PartnerCommand } from './commands.ts';

export const PARTNER_PROGRAM: Program<PartnerCommand> = {
  name: 'signet',
  version: VERSION,
  does: 'Signs, sends, verifies and explains requests and webhooks of a Signet Relay.',
  sections: [{ title: 'Commands:', commands: PARTNER_COMMANDS }],
  notes: ['A secret is never given on the command line, where every process can read it.'],
  environment: { SIGNET_SECRET: 'the secret, when --secret-file is not given' },
  examples: PARTNER_COMMANDS.map(({ examples: [first] }) => first),
  secretAdvice: 'Use --secret-file, SIGNET_SECRET or the prompt.',
};

/** Returns the exit code, and never rejects. */
export function runSignet(argv: readonly string[], terminal: SignetTerminal): Promise<number> {
  return runProgram(PARTNER_PROGRAM, argv, { terminal, run: (line) => line.command.run(line, terminal) });
}
