// The meter of DynamoDB: it counts the consumed units of each request and returns what the caller asked for.
import { errorName } from '../base/aws-json.ts';
import type { ChangeSignal } from '../base/change-signal.ts';
import { type Item, itemSizeBytes } from './item-size.ts';
import type { WritableMeter } from './meter.ts';
import type { Exchange, ProxiedResponse } from './metering-proxy.ts';

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const SINGLE_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);
const WRITES = new Set([...SINGLE_WRITES, 'BatchWriteItem', 'TransactWriteItems']);

interface RequestBody {
  readonly ReturnConsumedCapacity?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ConditionExpression?: string;
  readonly Item?: Item;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly Item?: Item }>>[];
}

interface ResponseBody extends Record<string, unknown> {
  ConsumedCapacity?: Capacity | Capacity[];
  Item?: Item;
  __type?: string;
}

interface Capacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/**
 * Returns the exchange that meters DynamoDB. Control-plane calls are free and pass unchanged. `written` is notified
 * after each write.
 */
export function meterDynamoDb(meter: WritableMeter, written: ChangeSignal): Exchange {
  return async ({ operation, body }, forward) => {
    if (!READS.has(operation) && !WRITES.has(operation)) return forward(body);
    const requestBody = JSON.parse(body.toString()) as RequestBody;
    const response = await forward(JSON.stringify({ ...requestBody, ...addedFields(operation, requestBody) }));
    if (WRITES.has(operation)) written.notify();
    meter.countCall('dynamodb', operation);
    const responseBody = JSON.parse(response.body.toString()) as ResponseBody;
    meter.countUnits({ [READS.has(operation) ? 'read' : 'write']: billedUnits(requestBody, responseBody) });
    return withBody(response, asRequested(requestBody, responseBody));
  };
}

function addedFields(operation: string, requestBody: RequestBody): Partial<RequestBody> {
  // The size of the old item decides what a failed condition costs.
  const isConditional = SINGLE_WRITES.has(operation) && requestBody.ConditionExpression !== undefined;
  return {
    ReturnConsumedCapacity: 'INDEXES',
    ...(isConditional && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  };
}

function billedUnits(requestBody: RequestBody, responseBody: ResponseBody): number {
  const type = responseBody.__type === undefined ? undefined : errorName(responseBody.__type);
  if (type === 'ConditionalCheckFailedException') return writeUnitsOf(requestBody.Item, responseBody.Item);
  // Canceled transactions are billed too: two units per KiB of each item, one to prepare and one to commit.
  if (type === 'TransactionCanceledException') {
    const items = (requestBody.TransactItems ?? []).map((action) => Object.values(action)[0]?.Item);
    return items.reduce((sum, item) => sum + 2 * writeUnitsOf(item), 0);
  }
  return [responseBody.ConsumedCapacity ?? []].flat().reduce((sum, capacity) => sum + capacity.CapacityUnits, 0);
}

/** Returns the units of the largest item, rounded up to a KiB, and at least one. */
function writeUnitsOf(...items: readonly (Item | undefined)[]): number {
  const sizes = items.map((item) => (item ? itemSizeBytes(item) : 0));
  return Math.max(1, Math.ceil(Math.max(...sizes) / 1024));
}

function asRequested(requestBody: RequestBody, responseBody: ResponseBody): ResponseBody {
  const { ConsumedCapacity, ...rest } = responseBody;
  const capacity = requestedCapacity(requestBody.ReturnConsumedCapacity, ConsumedCapacity);
  const isFailure = errorName(responseBody.__type) === 'ConditionalCheckFailedException';
  if (isFailure && requestBody.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') delete rest['Item'];
  return { ...rest, ...(capacity && { ConsumedCapacity: capacity }) };
}

function requestedCapacity(
  requested: string | undefined,
  capacity: ResponseBody['ConsumedCapacity'],
): ResponseBody['ConsumedCapacity'] {
  if (requested === 'INDEXES') return capacity;
  if (requested !== 'TOTAL' || !capacity) return undefined;
  const total = ({ TableName, CapacityUnits }: Capacity) => ({ TableName, CapacityUnits });
  return Array.isArray(capacity) ? capacity.map(total) : total(capacity);
}

function withBody(response: ProxiedResponse, answer: ResponseBody): ProxiedResponse {
  // The checksum belongs to the body before it was changed.
  const { 'x-amz-crc32': _checksum, ...headers } = response.headers;
  return { status: response.status, headers, body: Buffer.from(JSON.stringify(answer)) };
}
