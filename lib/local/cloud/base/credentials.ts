// The credentials of the emulated account, random for each data directory, and those of an endpoint that is not ours.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { damagedFile } from './damaged-file.ts';
import { readPrivateJson, writePrivateJson } from './private-file.ts';

/** An access key of AWS. The secret signs requests and is never sent. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only with temporary credentials. */
  readonly sessionToken?: string;
}

/** Services that check no signature accept these, as they accept any. */
export const UNCHECKED_CREDENTIALS: Credentials = { accessKeyId: 'laptop', secretAccessKey: 'laptop' };

/**
 * Returns the credentials in the data directory's `credentials.json`, a file that only its owner can read. The first
 * start makes them, so they stay the same after a restart.
 * @throws Error that says what to do when the file is damaged.
 */
export function keepCredentials(dataDir: string): Credentials {
  const file = join(dataDir, 'credentials.json');
  const kept = readPrivateJson<Partial<Credentials>>(file);
  if (!kept) return makeCredentials(file);
  const { accessKeyId, secretAccessKey } = kept;
  if (!accessKeyId || !secretAccessKey) throw damagedFile(file, 'has no access key');
  return { accessKeyId, secretAccessKey };
}

/** Returns the credentials in the variables of the AWS SDK, for a service that the environment names as well. */
export function readEnvironmentCredentials(environment: NodeJS.ProcessEnv = process.env): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: token,
  } = environment;
  if (!accessKeyId || !secretAccessKey) return UNCHECKED_CREDENTIALS;
  return { accessKeyId, secretAccessKey, ...(token && { sessionToken: token }) };
}

/** The access key id looks like one of AWS: 20 capital letters and digits. */
function makeCredentials(file: string): Credentials {
  const credentials = {
    accessKeyId: `LAPTOP${randomBytes(7).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  writePrivateJson(file, credentials, { flush: true });
  return credentials;
}
