// How the demo speaks: numbered steps, the bytes that matter indented beneath, colour only on a terminal.

export interface Narrator {
  say(text: string): void;
  step(title: string): void;
  /** Texts of one kind of thing, each on lines of its own. */
  show(label: string, text: string): void;
}

const INDENT = '     ';

export function createNarrator(write: (text: string) => void, isTerminal: boolean): Narrator {
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

/** Headers as they stand in a message. */
export function formatHeaders(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
