// DynamoDB commands with names and values in place of their placeholders, so that tests do not pin the numbering.
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { commandsOf } from './recorded-client.ts';

/** The words of DynamoDB's expression grammar that our expressions use. Every other word must be a placeholder. */
const WORDS = new Set(
  'SET ADD REMOVE AND OR attribute_exists attribute_not_exists begins_with if_not_exists'.split(' '),
);

/** Parentheses around one comparison or function call. */
const NEEDLESS_PARENTHESES = /(?<!\w)\(((?:(?! AND | OR )(?:\w+\([^()]*\)|[^()]))+)\)/g;

/**
 * Returns the expression with attribute names and JSON values in place of the placeholders, and without needless
 * parentheses, such as `attribute_not_exists(pk) OR expiresAt < 1790000000`.
 * @throws Error for what DynamoDB refuses: an undefined or unused placeholder, or a word that may be reserved.
 */
export function readableExpression(
  expression: string,
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, unknown>>,
): string {
  return readTogether([expression], names, values)[0] ?? '';
}

/** The expressions of one command, which share their placeholders. */
function readTogether(
  expressions: readonly string[],
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, unknown>>,
): readonly string[] {
  const texts = new Map([
    ...Object.entries(names),
    ...Object.entries(values).map(([placeholder, value]) => [placeholder, textOf(value)] as const),
  ]);
  const used = new Set(expressions.flatMap((expression) => expression.match(/[#:]\w+/g) ?? []));
  const unused = [...texts.keys()].filter((placeholder) => !used.has(placeholder));
  if (unused.length > 0) throw new Error(`No expression uses ${unused.join(', ')}.`);
  return expressions.map((expression) =>
    expression.replaceAll(NEEDLESS_PARENTHESES, '$1').replaceAll(/[#:]?\w+/g, (word) => {
      const text = WORDS.has(word) ? word : texts.get(word);
      if (text === undefined) throw new Error(`${word} is neither a word of the grammar nor a defined placeholder.`);
      return text;
    }),
  );
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? `bytes(${Buffer.from(value).toString('base64')})` : JSON.stringify(value);
}

/** Returns the input of a command with its expressions readable, at any depth, and without the placeholders' definitions. */
function readableInput(input: unknown): unknown {
  if (Array.isArray(input)) return input.map(readableInput);
  if (typeof input !== 'object' || input === null) return input;
  const { ExpressionAttributeNames = {}, ExpressionAttributeValues = {}, ...rest } = input as ExpressionInput;
  const entries = Object.entries(rest);
  const expressions = entries.filter(([name]) => name.endsWith('Expression')) as [string, string][];
  const read = readTogether(
    expressions.map(([, expression]) => expression),
    ExpressionAttributeNames,
    unmarshall(ExpressionAttributeValues),
  );
  const readable = new Map(expressions.map(([name], index) => [name, read[index]]));
  return Object.fromEntries(entries.map(([name, value]) => [name, readable.get(name) ?? readUnlessRow(name, value)]));
}

/** Rows and keys are data and stay unchanged, even when an attribute has the name of an expression. */
function readUnlessRow(name: string, value: unknown): unknown {
  return ['Item', 'Key', 'Keys', 'ExclusiveStartKey'].includes(name) ? value : readableInput(value);
}

interface ExpressionInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** Returns name and input of every command sent, in order, with readable expressions. */
export function readableCommandsOf(mock: Parameters<typeof commandsOf>[0]) {
  return commandsOf(mock).map(([name, input]) => [name, readableInput(input) as Record<string, unknown>] as const);
}
