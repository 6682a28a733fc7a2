// Refuses a command that would change nothing and look as if it had.
import { UsageError } from '../../../../lib/terminal/exit-error.ts';
import { labelOf, type OptionRows } from '../../../../lib/terminal/program.ts';

/** Accepts a command that names at least one of these options. @throws UsageError when it names none. */
export function requireChange(given: object, rows: OptionRows): void {
  if (Object.keys(given).length > 0) return;
  const names = Object.entries(rows).map(([name, row]) => labelOf(name, row));
  throw new UsageError(`Name what to change: ${names.join(', ')}.`);
}
