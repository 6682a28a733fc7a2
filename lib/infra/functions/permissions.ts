// What each function may do: one row a function, no wildcard action, no resource it does not name.
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
  readonly jobQueues?: readonly ('SendMessage' | 'ReceiveMessage' | 'DeleteMessage' | 'ChangeMessageVisibility')[];
  readonly sendsDeliveries?: true;
  /** The ring of one direction, and the secrets of that direction that were brought from elsewhere. */
  readonly ring?: 'inbound' | 'outbound';
}

/**
 * Only `links` reads the inbound secrets and only `deliver` the outbound ones: whoever breaks into another function can neither
 * sign as a partner nor as us. Transactions need no action of their own; DynamoDB checks those of their items. Nor do SQS's
 * batch calls: the action of the single call covers them.
 * What an event source needs (the stream, receiving deliveries) comes with the source.
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
    jobQueues: ['SendMessage'],
    sendsDeliveries: true,
  },
} as const satisfies Record<FunctionName, Permissions>;

/** What the permissions are about. */
export interface Grantors {
  readonly table: RelayTable;
  readonly jobQueues: JobQueues;
  readonly deliveries: Deliveries;
  readonly rings: Readonly<Record<'inbound' | 'outbound', KeyRing>>;
  readonly importedSecrets: ImportedSecrets;
}

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
