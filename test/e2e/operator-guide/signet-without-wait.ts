// The operator's command without the minute and a half that a deletion waits: a test moves the laptop's clock instead.
import { runOperator } from '../../../bin/signet/operator/run-operator.ts';
import { openTarget } from '../../../bin/signet/operator/target.ts';
import { openSignetTerminal } from '../../../bin/signet/terminal/signet-terminal.ts';

process.exitCode = await runOperator(process.argv.slice(2), openSignetTerminal(), async (choice) => {
  const target = await openTarget(choice);
  return { ...target, access: { ...target.access, sleep: async () => {} } };
});
