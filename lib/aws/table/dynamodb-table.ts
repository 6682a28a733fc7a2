// The one table: reads, conditional writes and queries in native values, nothing about what they mean.
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
import { type Condition, Placeholders } from './condition.ts';
import { callDependency } from './dependency.ts';

export type Item = Record<string, NativeAttributeValue>;

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** What an update does to an item. Numbers under `add` are added, also to nothing. */
export interface Changes {
  readonly set?: Item;
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

/** `done`: the item as it is now. Otherwise what stands there, if anything does. */
export type WriteOutcome = { readonly done: boolean; readonly item: Item | undefined };

export interface QueryOptions {
  readonly index?: string | undefined;
  /** Of the table alone: an index is always late. */
  readonly consistent?: boolean | undefined;
  readonly newestFirst?: boolean | undefined;
  /** How many items are looked at. */
  readonly limit?: number | undefined;
  /** The key of the item before the first, in table and index. It need not be there, but must be one that would fit. */
  readonly after?: Item | undefined;
}

/** `last`: the key to go on after, when there may be more. */
export interface QueryPage {
  readonly items: readonly Item[];
  readonly last: Item | undefined;
}

const DYNAMODB = 'DynamoDB';
/** The most that one BatchWriteItem takes. */
const DELETED_AT_ONCE = 25;

export class DynamoTable {
  readonly #client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.name = name;
  }

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
   * Those of at most 100 items that are there, in no order. What the service leaves over is asked for one by one: it has
   * too much to do, and the SDK waits before it repeats a read.
   */
  async getMany(keys: readonly ItemKey[], options: { consistent: boolean }): Promise<readonly Item[]> {
    if (keys.length === 0) return [];
    const asked = { Keys: keys.map((key) => marshall(key)), ConsistentRead: options.consistent };
    const command = new BatchGetItemCommand({ RequestItems: { [this.name]: asked } });
    const { Responses, UnprocessedKeys } = await callDependency(DYNAMODB, () => this.#client.send(command));
    const found = (Responses?.[this.name] ?? []).map((item) => unmarshall(item));
    const leftOver = (UnprocessedKeys?.[this.name]?.Keys ?? []).map((key) => unmarshall(key) as ItemKey);
    const late = await Promise.all(leftOver.map((key) => this.get(key, options)));
    return [...found, ...late.flatMap((item) => item ?? [])];
  }

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

  /** `done` also where nothing was there, unless the condition says otherwise. */
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

  /** Any number, each named once. What the service leaves over is asked for one by one, as `getMany` does. */
  async deleteMany(keys: readonly ItemKey[]): Promise<void> {
    for (let at = 0; at < keys.length; at += DELETED_AT_ONCE) {
      const requests = keys.slice(at, at + DELETED_AT_ONCE).map((key) => ({ DeleteRequest: { Key: marshall(key) } }));
      const command = new BatchWriteItemCommand({ RequestItems: { [this.name]: requests } });
      const { UnprocessedItems } = await callDependency(DYNAMODB, () => this.#client.send(command));
      for (const { DeleteRequest } of UnprocessedItems?.[this.name] ?? [])
        if (DeleteRequest?.Key) await this.delete(unmarshall(DeleteRequest.Key) as ItemKey);
    }
  }

  /** Every item of the table, page after page, in no order: of each these attributes, where it has them. */
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

  /** Every item that fits, page after page of `limit`, oldest first. */
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

  /** A condition that fails is an answer, and brings along what stands there. */
  async #write(call: () => Promise<Item | undefined>): Promise<WriteOutcome> {
    try {
      return { done: true, item: await callDependency(DYNAMODB, call) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { done: false, item: error.Item && unmarshall(error.Item) };
    }
  }
}

/** Attributes that are undefined are left out. */
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
