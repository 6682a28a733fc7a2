// Prints the demo's progress: numbered steps with their bytes indented below, and colour only on a terminal.

/** Prints lines, steps and details. */
export interface ProgressPrinter {
  say(text: string): void;
  step(title: string): void;
  /** Prints a text under a label, indented. */
  show(label: string, text: string): void;
}

const INDENT = '     ';

/** Returns a printer that writes to `write`. */
export function createProgressPrinter(write: (text: string) => void, isTerminal: boolean): ProgressPrinter {
  const paint = (code: number) => (text: string) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text);
  const bold = paint(1);
  const faint = paint(2);
  let steps = 0;
  return {
    say: (text) => write(`${text}\n`),
    step(title) {
      steps += 1;
      write(`\n${bold(`${String(steps).padStart(2)}  ${title}`)}\n`);
    },
    show(label, text) {
      const lines = text.split('\n').map((line) => `${INDENT}  ${line}\n`);
      write(`${INDENT}${faint(label)}\n${lines.join('')}`);
    },
  };
}

/** Returns headers as lines of a message. */
export function formatHeaders(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
