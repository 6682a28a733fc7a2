// What commander refuses, in one sentence that says what is wrong and what to do.
import type { Command, CommanderError } from 'commander';

interface Fault {
  readonly node: Command;
  /** What the user types up to here, such as `signet key`. */
  readonly path: string;
  /** The word that commander refuses. */
  readonly word: string;
  /** The known words that are near. */
  readonly meant: readonly string[];
}

const SENTENCES: Readonly<Record<string, (fault: Fault) => string>> = {
  'commander.help': ({ node, path }) => {
    const names = node.commands.map((child) => child.name());
    return `"${path}" needs a command: ${names.join(', ')}. Run "${path} --help" for more.`;
  },
  'commander.unknownCommand': ({ node, path, word, meant }) => {
    const group = wordsOf(node).slice(1);
    const full = (name: string) => `"${[...group, name].join(' ')}"`;
    return `unknown command ${full(word)}. ${askIfMeant(meant.map(full)) ?? `Run "${path} --help" to list the commands.`}`;
  },
  'commander.unknownOption': ({ node, path, word, meant }) => {
    const [flag = ''] = word.split('=');
    if (node.options.some(({ long }) => long === flag)) return `${flag} takes no value. Leave out "=" and the value.`;
    const advice = askIfMeant(meant.map((name) => `"${name}"`));
    return `unknown option "${flag}". ${advice ?? `Run "${path} --help" to list the options.`}`;
  },
  'commander.missingArgument': ({ path, word, node }) => `"${path}" needs <${word}>. Usage: ${path} ${node.usage()}`,
  'commander.excessArguments': ({ path, node }) =>
    `"${node.args[node.registeredArguments.length]}" is one word too many. Usage: ${path} ${node.usage()}`,
};

/** Returns the sentence. A message of commander that has no row is shown as it is. */
export function describeFault({ code, message }: CommanderError, node: Command): string {
  const [, word = ''] = /'([^']*)'/.exec(message) ?? [];
  const [, names = ''] = /\(Did you mean (?:one of )?(.*)\?\)$/.exec(message) ?? [];
  const meant = names.split(', ').filter(Boolean);
  const path = wordsOf(node).join(' ');
  return SENTENCES[code]?.({ node, path, word, meant }) ?? message;
}

function wordsOf(node: Command): string[] {
  return node.parent ? [...wordsOf(node.parent), node.name()] : [node.name()];
}

function askIfMeant(names: readonly string[]): string | undefined {
  return names.length > 0 ? `Did you mean ${names.join(' or ')}?` : undefined;
}
