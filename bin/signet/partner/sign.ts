// `signet sign`: a signed request, printed in one of several forms.
import type { ExitName } from '../../../lib/terminal/exits.ts';
import type { Given } from '../../../lib/terminal/program.ts';
import { showJson } from '../../../lib/terminal/show-json.ts';
import type { SignetTerminal } from '../terminal/signet-terminal.ts';
import { draftRequest } from './draft-request.ts';
import type { SIGN_OPTIONS } from './options.ts';
import { describeRequest, showRequest } from './show-request.ts';

/** Prints the request. The exit is always `done`. */
export async function sign(options: Given<typeof SIGN_OPTIONS>, terminal: SignetTerminal): Promise<ExitName> {
  const request = await draftRequest(options, terminal);
  const { as = 'headers', bodyFile } = options;
  if (options.json) terminal.out(showJson(describeRequest(request)));
  else terminal.out(showRequest(request, { form: as, bodyFile, columns: terminal.columns }));
  return 'done';
}
