// The operator's command without the minute and a half that a deletion waits: a test moves the laptop's clock instead.
import { openOperatorTerminal } from '../../../bin/signet/operator/process-terminal.ts';
import { runOperator } from '../../../bin/signet/operator/run-operator.ts';
import { openTarget } from '../../../bin/signet/operator/target.ts';

process.exitCode = await runOperator(process.argv.slice(2), openOperatorTerminal(), async (choice) => {
  const target = await openTarget(choice);
  return { ...target, access: { ...target.access, sleep: async () => {} } };
});
