// Whether the tests run on the DynamoDB emulator that npm installs, or on one that the environment names.

/** False when AWS_ENDPOINT_URL_DYNAMODB (or AWS_ENDPOINT_URL) is set: what only our emulator does is not tested then. */
export const HAS_OWN_DYNAMODB = !(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? process.env['AWS_ENDPOINT_URL']);
