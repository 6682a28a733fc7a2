// The DynamoDB table: reads, conditional writes and queries in native values. It does not know what items mean.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type ScanCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, type NativeAttributeValue, unmarshall } from '@aws-sdk/util-dynamodb';
import { callDependency } from './call-dependency.ts';
import { type Condition, Placeholders } from './condition.ts';

/** An item in native values. */
export type Item = Record<string, NativeAttributeValue>;

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/**
 * What an update does to an item. A number under `add` is added to the attribute, which counts as 0 when it is absent.
 */
export interface Changes {
  readonly set?: Item;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

/**
 * When `done`, `item` is the item after the write. Otherwise it is the item that failed the condition, if there is one.
 */
export type WriteOutcome = { readonly done: boolean; readonly item: Item | undefined };

export interface QueryOptions {
  readonly index?: string | undefined;
  /** Only for the table: an index has no consistent reads. */
  readonly consistent?: boolean | undefined;
  readonly newestFirst?: boolean | undefined;
  /** How many items the service evaluates. */
  readonly limit?: number | undefined;
  /**
   * The key in table and index to start after. The item need not exist, but the key must be within the queried range.
   */
  readonly after?: Item | undefined;
}

/** One page. `last` is the key to continue after, and undefined after the last page. */
export interface QueryPage {
  readonly items: readonly Item[];
  readonly last: Item | undefined;
}

const DYNAMODB = 'DynamoDB';
/** Items in one BatchWriteItem. Source: the API reference of BatchWriteItem. */
const BATCH_DELETE_LIMIT = 25;

/** The one table of a deployment. Every method throws DependencyUnavailable when the service fails. */
export class DynamoTable {
  readonly #client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** Returns the item, or undefined when there is none. */
  async get(key: ItemKey, options: { consistent: boolean }): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.name,
      Key: marshall(key),
      ConsistentRead: options.consistent,
    });
    const { Item } = await callDependency(DYNAMODB, () => this.#client.send(command));
    return Item && unmarshall(Item);
  }

  /**
   * Returns the existing ones among at most 100 items, in no order. It reads unprocessed keys one by one: the service
   * is then short of capacity, and the SDK backs off before it repeats a read.
   */
  async getMany(keys: readonly ItemKey[], options: { consistent: boolean }): Promise<readonly Item[]> {
    if (keys.length === 0) return [];
    const request = { Keys: keys.map((key) => marshall(key)), ConsistentRead: options.consistent };
    const command = new BatchGetItemCommand({ RequestItems: { [this.name]: request } });
    const { Responses, UnprocessedKeys } = await callDependency(DYNAMODB, () => this.#client.send(command));
    const found = (Responses?.[this.name] ?? []).map((item) => unmarshall(item));
    const unprocessed = (UnprocessedKeys?.[this.name]?.Keys ?? []).map((key) => unmarshall(key) as ItemKey);
    const reread = await Promise.all(unprocessed.map((key) => this.get(key, options)));
    return [...found, ...reread.flatMap((item) => item ?? [])];
  }

  /** Puts an item, if the condition holds. Attributes that are undefined are left out. */
  async put(item: ItemKey & Item, condition?: Condition): Promise<WriteOutcome> {
    const command = new PutItemCommand({
      TableName: this.name,
      Item: toItem(item),
      ...(condition && expressCondition(condition, new Placeholders())),
    });
    return this.#write(async () => {
      await this.#client.send(command);
      return item;
    });
  }

  /** Updates an item, if the condition holds. Without a condition it creates the item when there is none. */
  async update(key: ItemKey, changes: Changes, condition?: Condition): Promise<WriteOutcome> {
    const placeholders = new Placeholders();
    const command = new UpdateItemCommand({
      TableName: this.name,
      Key: marshall(key),
      UpdateExpression: expressChanges(changes, placeholders),
      ReturnValues: 'ALL_NEW',
      ...expressCondition(condition, placeholders),
    });
    return this.#write(async () => {
      const { Attributes } = await this.#client.send(command);
      return Attributes && unmarshall(Attributes);
    });
  }

  /** Deletes an item, if the condition holds. Without a condition it is also `done` when there was no item. */
  async delete(key: ItemKey, condition?: Condition): Promise<WriteOutcome> {
    const command = new DeleteItemCommand({
      TableName: this.name,
      Key: marshall(key),
      ...expressCondition(condition, new Placeholders()),
    });
    return this.#write(async () => {
      await this.#client.send(command);
      return undefined;
    });
  }

  /** Deletes any number of items. Each key may occur once. Unprocessed keys are deleted one by one. */
  async deleteMany(keys: readonly ItemKey[]): Promise<void> {
    for (let at = 0; at < keys.length; at += BATCH_DELETE_LIMIT) {
      const requests = keys
        .slice(at, at + BATCH_DELETE_LIMIT)
        .map((key) => ({ DeleteRequest: { Key: marshall(key) } }));
      const command = new BatchWriteItemCommand({ RequestItems: { [this.name]: requests } });
      const { UnprocessedItems } = await callDependency(DYNAMODB, () => this.#client.send(command));
      for (const { DeleteRequest } of UnprocessedItems?.[this.name] ?? [])
        if (DeleteRequest?.Key) await this.delete(unmarshall(DeleteRequest.Key) as ItemKey);
    }
  }

  /** Yields every item of the table, page after page, in no order, with only the named attributes. */
  async *scan(attributes: readonly string[]): AsyncIterable<readonly Item[]> {
    const placeholders = new Placeholders();
    const ProjectionExpression = attributes.map((name) => placeholders.name(name)).join(', ');
    let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
    do {
      const command = new ScanCommand({
        TableName: this.name,
        ConsistentRead: true,
        ProjectionExpression,
        ExpressionAttributeNames: placeholders.names,
        ExclusiveStartKey,
      });
      const page: ScanCommandOutput = await callDependency(DYNAMODB, () => this.#client.send(command));
      yield (page.Items ?? []).map((item) => unmarshall(item));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }

  /** Yields every matching item, oldest first. It reads pages of `limit` items. */
  async *query(
    condition: Condition,
    options: Pick<QueryOptions, 'index' | 'limit' | 'consistent'> = {},
  ): AsyncIterable<Item> {
    let after: Item | undefined;
    do {
      const page = await this.queryPage(condition, { ...options, after });
      yield* page.items;
      after = page.last;
    } while (after);
  }

  /** Returns one page of matching items, oldest first unless `newestFirst`. */
  async queryPage(condition: Condition, options: QueryOptions): Promise<QueryPage> {
    const placeholders = new Placeholders();
    const command = new QueryCommand({
      TableName: this.name,
      IndexName: options.index,
      ...(options.consistent && { ConsistentRead: true }),
      KeyConditionExpression: condition(placeholders),
      ExpressionAttributeNames: placeholders.names,
      ExpressionAttributeValues: toItem(placeholders.values),
      ScanIndexForward: options.newestFirst ? false : undefined,
      Limit: options.limit,
      ExclusiveStartKey: options.after && marshall(options.after),
    });
    const { Items = [], LastEvaluatedKey } = await callDependency(DYNAMODB, () => this.#client.send(command));
    return { items: Items.map((item) => unmarshall(item)), last: LastEvaluatedKey && unmarshall(LastEvaluatedKey) };
  }

  /** Returns a failed condition as an outcome, with the item that failed it. */
  async #write(call: () => Promise<Item | undefined>): Promise<WriteOutcome> {
    try {
      return { done: true, item: await callDependency(DYNAMODB, call) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { done: false, item: error.Item && unmarshall(error.Item) };
    }
  }
}

/** Returns the item in DynamoDB's attribute values. Attributes that are undefined are left out. */
export function toItem(item: Item) {
  return marshall(item, { removeUndefinedValues: true });
}

function expressChanges({ set = {}, add = {}, remove = [] }: Changes, placeholders: Placeholders): string {
  const present = Object.entries(set).filter(([, value]) => value !== undefined);
  const sets = present.map(([name, value]) => `${placeholders.name(name)} = ${placeholders.value(value)}`);
  const adds = Object.entries(add).map(([name, value]) => `${placeholders.name(name)} ${placeholders.value(value)}`);
  const removes = remove.map((name) => placeholders.name(name));
  const sections = [section('SET', sets), section('ADD', adds), section('REMOVE', removes)];
  return sections.filter((text) => text !== '').join(' ');
}

function section(keyword: string, clauses: readonly string[]): string {
  return clauses.length > 0 ? `${keyword} ${clauses.join(', ')}` : '';
}

function expressCondition(condition: Condition | undefined, placeholders: Placeholders) {
  const expression = condition?.(placeholders);
  const hasValues = Object.keys(placeholders.values).length > 0;
  return {
    ...(expression && {
      ConditionExpression: expression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    }),
    ...(Object.keys(placeholders.names).length > 0 && { ExpressionAttributeNames: placeholders.names }),
    ...(hasValues && { ExpressionAttributeValues: toItem(placeholders.values) }),
  };
}
