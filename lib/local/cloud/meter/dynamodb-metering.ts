// DynamoDB's bill: asks the emulator for the consumed units, adds what it leaves out, and gives the caller what the caller asked for.
import { errorName } from '../base/aws-json.ts';
import type { ChangeSignal } from '../base/change-signal.ts';
import { type Item, itemSizeBytes } from './item-size.ts';
import type { MeterIntake } from './meter.ts';
import type { Exchange, ProxiedResponse } from './metering-proxy.ts';

const READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const SINGLE_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);
const WRITES = new Set([...SINGLE_WRITES, 'BatchWriteItem', 'TransactWriteItems']);

interface Asked {
  readonly ReturnConsumedCapacity?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ConditionExpression?: string;
  readonly Item?: Item;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly Item?: Item }>>[];
}

interface Answered extends Record<string, unknown> {
  ConsumedCapacity?: Capacity | Capacity[];
  Item?: Item;
  __type?: string;
}

interface Capacity {
  readonly TableName: string;
  readonly CapacityUnits: number;
}

/** Control-plane calls cost nothing and pass as they are. `written` rings after each write. */
export function meterDynamoDb(meter: MeterIntake, written: ChangeSignal): Exchange {
  return async ({ operation, body }, forward) => {
    if (!READS.has(operation) && !WRITES.has(operation)) return forward(body);
    const asked = JSON.parse(body.toString()) as Asked;
    const response = await forward(JSON.stringify({ ...asked, ...demands(operation, asked) }));
    if (WRITES.has(operation)) written.ring();
    meter.countCall('dynamodb', operation);
    const answered = JSON.parse(response.body.toString()) as Answered;
    meter.countUnits({ [READS.has(operation) ? 'read' : 'write']: billedUnits(asked, answered) });
    return withBody(response, asWanted(asked, answered));
  };
}

function demands(operation: string, asked: Asked): Partial<Asked> {
  // The old item is wanted because its size decides what a failed condition costs.
  const isConditional = SINGLE_WRITES.has(operation) && asked.ConditionExpression !== undefined;
  return {
    ReturnConsumedCapacity: 'INDEXES',
    ...(isConditional && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
  };
}

function billedUnits(asked: Asked, answered: Answered): number {
  const type = answered.__type === undefined ? undefined : errorName(answered.__type);
  if (type === 'ConditionalCheckFailedException') return writeUnitsOf(asked.Item, answered.Item);
  // Cancelled transactions are billed like others: two units per KiB of each item, one to prepare and one to commit.
  if (type === 'TransactionCanceledException') {
    const items = (asked.TransactItems ?? []).map((action) => Object.values(action)[0]?.Item);
    return items.reduce((sum, item) => sum + 2 * writeUnitsOf(item), 0);
  }
  return [answered.ConsumedCapacity ?? []].flat().reduce((sum, capacity) => sum + capacity.CapacityUnits, 0);
}

/** The larger of the items, rounded up to a KiB; one unit at least. */
function writeUnitsOf(...items: readonly (Item | undefined)[]): number {
  const sizes = items.map((item) => (item ? itemSizeBytes(item) : 0));
  return Math.max(1, Math.ceil(Math.max(...sizes) / 1024));
}

function asWanted(asked: Asked, answered: Answered): Answered {
  const { ConsumedCapacity, ...rest } = answered;
  const capacity = wantedCapacity(asked.ReturnConsumedCapacity, ConsumedCapacity);
  const isFailure = errorName(answered.__type) === 'ConditionalCheckFailedException';
  if (isFailure && asked.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') delete rest['Item'];
  return { ...rest, ...(capacity && { ConsumedCapacity: capacity }) };
}

function wantedCapacity(
  wanted: string | undefined,
  capacity: Answered['ConsumedCapacity'],
): Answered['ConsumedCapacity'] {
  if (wanted === 'INDEXES') return capacity;
  if (wanted !== 'TOTAL' || !capacity) return undefined;
  const total = ({ TableName, CapacityUnits }: Capacity) => ({ TableName, CapacityUnits });
  return Array.isArray(capacity) ? capacity.map(total) : total(capacity);
}

function withBody(response: ProxiedResponse, answer: Answered): ProxiedResponse {
  // The checksum was of the body that we have just changed.
  const { 'x-amz-crc32': _checksum, ...headers } = response.headers;
  return { status: response.status, headers, body: Buffer.from(JSON.stringify(answer)) };
}
