// The operator's command without the wait for caches in a deletion. The test advances the laptop's clock instead.
import { runOperator } from '../../../bin/signet/operator/run-operator.ts';
import { openTarget } from '../../../bin/signet/operator/target.ts';
import { openSignetTerminal } from '../../../bin/signet/terminal/signet-terminal.ts';

process.exitCode = await runOperator(process.argv.slice(2), openSignetTerminal(), async (choice) => {
  const target = await openTarget(choice);
  return { ...target, access: { ...target.access, sleep: async () => {} } };
});
