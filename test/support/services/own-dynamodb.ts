// Says whether the tests run on the DynamoDB emulator that npm installs, or on another one that the environment names.

/** False if AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL is set. Tests that need our emulator are skipped then. */
export const HAS_OWN_DYNAMODB = !(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? process.env['AWS_ENDPOINT_URL']);
