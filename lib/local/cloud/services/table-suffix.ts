// How the tables of one data directory are named in a DynamoDB that others use too.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readPrivateJson, writePrivateJson } from '../base/private-file.ts';

/**
 * Returns the suffix of every table name of this data directory. The first call makes it; it is kept in the directory.
 * Without it, two laptop clouds on one endpoint would share a table, and a new data directory would find the rows of the
 * removed one, which its new secrets cannot read.
 */
export function keepTableSuffix(dataDir: string): string {
  const file = join(dataDir, 'dynamodb-tables.json');
  const kept = readPrivateJson<{ suffix: string }>(file);
  if (kept) return kept.suffix;
  const suffix = `-${randomBytes(4).toString('hex')}`;
  writePrivateJson(file, { suffix }, { flush: true });
  return suffix;
}
