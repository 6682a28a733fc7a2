// What each function may do: one row per function, without wildcard actions, and with only the resources it names.
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { FunctionName } from '../../aws/lambda/environment.ts';
import type { ImportedSecrets } from '../storage/imported-secrets.ts';
import type { JobQueues } from '../storage/job-queues.ts';
import type { KeyRing } from '../storage/key-ring.ts';
import type { IndexName, RelayTable } from '../storage/table.ts';
import type { Deliveries } from './deliveries.ts';
import { FUNCTION_NAMES } from './functions.ts';

interface Permissions {
  readonly rows: readonly ('GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'Query')[];
  readonly indexes?: readonly IndexName[];
  readonly jobQueues?: readonly (
    | 'SendMessage'
    | 'ReceiveMessage'
    | 'DeleteMessage'
    | 'ChangeMessageVisibility'
    | 'GetQueueAttributes'
  )[];
  readonly sendsDeliveries?: true;
  /** The key ring and the imported secrets of one direction. */
  readonly ring?: 'inbound' | 'outbound';
}

/**
 * The permissions of each function. Only `links` reads the inbound secrets and only `deliver` the outbound ones, so an
 * intruder in another function can sign neither as a partner nor as the relay.
 *
 * Transactions need no action of their own, because DynamoDB checks the actions of their items. The batch calls of SQS
 * need none either, because the action of the single call covers them. Event sources (the stream, receiving deliveries)
 * grant what they need themselves.
 */
export const PERMISSIONS = {
  links: {
    rows: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'],
    indexes: ['byAccount'],
    jobQueues: ['SendMessage'],
    ring: 'inbound',
  },
  agent: {
    rows: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'],
    jobQueues: ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility'],
  },
  publish: { rows: ['GetItem', 'Query'], sendsDeliveries: true },
  deliver: { rows: ['GetItem', 'PutItem', 'UpdateItem'], sendsDeliveries: true, ring: 'outbound' },
  sweep: {
    rows: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
    indexes: ['byDue'],
    jobQueues: ['SendMessage', 'GetQueueAttributes'],
    sendsDeliveries: true,
  },
} as const satisfies Record<FunctionName, Permissions>;

/** The constructs that grant the permissions. */
export interface Grantors {
  readonly table: RelayTable;
  readonly jobQueues: JobQueues;
  readonly deliveries: Deliveries;
  readonly rings: Readonly<Record<'inbound' | 'outbound', KeyRing>>;
  readonly importedSecrets: ImportedSecrets;
}

/** Grants each function its row of the table. */
export function grantPermissions(functions: Readonly<Record<FunctionName, LambdaFunction>>, grantors: Grantors): void {
  for (const name of FUNCTION_NAMES) grantRow(functions[name], PERMISSIONS[name], grantors);
}

function grantRow(grantee: LambdaFunction, row: Permissions, grantors: Grantors): void {
  const { table, jobQueues, deliveries, rings, importedSecrets } = grantors;
  table.grantRows(grantee, ...row.rows.map((action) => `dynamodb:${action}`));
  for (const index of row.indexes ?? []) table.grantQueryIndex(grantee, index);
  if (row.jobQueues) jobQueues.grant(grantee, ...row.jobQueues.map((action) => `sqs:${action}`));
  if (row.sendsDeliveries) deliveries.grantSend(grantee);
  if (!row.ring) return;
  rings[row.ring].grantRead(grantee);
  importedSecrets.grantRead(grantee, row.ring);
}
