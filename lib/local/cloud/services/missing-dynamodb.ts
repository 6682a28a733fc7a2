// What to say on a machine that has no DynamoDB emulator: what is missing, what to run instead, which variable to set.

/** The release of ministack that our contract suites passed with. `docs/platforms.md` has the results. */
const MINISTACK = 'ministack==1.5.33';
const ENDPOINT = 'http://127.0.0.1:4566';

/** The commands that start ministack's DynamoDB, without Docker. They need Python 3.10 or later. */
export const MINISTACK_COMMANDS = [
  'python3 -m venv ~/.signet-ministack',
  `~/.signet-ministack/bin/pip install ${MINISTACK}`,
  `SERVICES=dynamodb,dynamodbstreams ~/.signet-ministack/bin/hypercorn ministack.app:app --bind ${new URL(ENDPOINT).host}`,
] as const;

/** The variable for this one command: exported, it would redirect the CDK and every other AWS tool as well. */
export const START_WITH_MINISTACK = `AWS_ENDPOINT_URL_DYNAMODB=${ENDPOINT} npm start`;

/**
 * Returns the message for a machine without the Dynoxide binary.
 * @param platform such as `darwin-arm64`
 * @param isPublished whether npm has a binary for that platform
 */
export function describeMissingDynamoDb(platform: string, isPublished: boolean): string {
  const what = isPublished
    ? `The DynamoDB emulator for ${platform} is not installed. Run "npm ci" to install it.\nIf that does not help, run`
    : `There is no DynamoDB emulator on npm for ${platform}. Run`;
  return [
    `${what} ministack from PyPI in a terminal of its own:`,
    ...MINISTACK_COMMANDS.map((command) => `  ${command}`),
    'Then set AWS_ENDPOINT_URL_DYNAMODB for npm start and npm test:',
    `  ${START_WITH_MINISTACK}`,
    'docs/platforms.md says what works with it.',
  ].join('\n');
}
