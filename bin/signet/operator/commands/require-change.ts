// Refuses a command that would change nothing and look as if it had.
import { UsageError } from '../../../../lib/terminal/exit-error.ts';
import { labelOf, type OptionRows } from '../../../../lib/terminal/program.ts';

/** @throws UsageError when none of these options is given. */
export function requireChange(given: object, rows: OptionRows): void {
  if (Object.keys(given).length > 0) return;
  const names = Object.entries(rows).map(([name, row]) => labelOf(name, row));
  throw new UsageError(`Name what to change: ${names.join(', ')}.`);
}
