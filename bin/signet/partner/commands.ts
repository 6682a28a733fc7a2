// The table of the partner's commands.
import { commandsOn, type RunnableCommand } from '../../../lib/terminal/program.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import { explain } from './explain.ts';
import { EXPLAIN_OPTIONS, SEND_OPTIONS, SIGN_OPTIONS, VERIFY_OPTIONS } from './options.ts';
import { send } from './send.ts';
import { sign } from './sign.ts';
import { verify } from './verify.ts';

const command = commandsOn<SignetTerminal>();

export type PartnerCommand = RunnableCommand<SignetTerminal>;

const CAPTURE = 'The capture is raw HTTP, headers and body alone, what curl -v prints, or a HAR. - is standard input.';

export const PARTNER_COMMANDS: readonly PartnerCommand[] = [
  command({
    name: 'sign',
    does: 'sign a request and print it',
    details: ['Nothing is sent.'],
    arguments: [],
    options: SIGN_OPTIONS,
    examples: ['signet sign --profile link-peeler --key-id ID --url https://relay.example/api/links/ID --as curl'],
    run: ({ options }, terminal) => sign(options, terminal),
  }),
  command({
    name: 'send',
    does: 'sign a request, send it once and print the answer',
    arguments: [],
    options: SEND_OPTIONS,
    examples: ['signet send --from .signet/local.json --key-id demo-rfc9421 --url /api/auth/check --body {}'],
    run: ({ options }, terminal) => send(options, terminal),
  }),
  command({
    name: 'verify',
    does: 'verify a captured delivery, as its consumer does',
    details: [CAPTURE],
    arguments: ['capture'],
    options: VERIFY_OPTIONS,
    examples: ['signet verify delivery.txt --profile standard-webhooks --secret-file whsec.txt'],
    run: ({ words: { capture }, options }, terminal) => verify(options, capture, terminal),
  }),
  command({
    name: 'explain',
    does: 'show what a captured message signs, and find its mistake',
    details: [CAPTURE],
    arguments: ['capture'],
    options: EXPLAIN_OPTIONS,
    examples: ['signet explain request.har --secret-file secret.txt'],
    run: ({ words: { capture }, options }, terminal) => explain(options, capture, terminal),
  }),
];
