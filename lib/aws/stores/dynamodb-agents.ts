// Agents in the table: enrolment in one transaction, and when each was last seen.
import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Enrollment, Presence } from '../../relay/model/ports.ts';
import type { AgentKey, AgentPresence, EnrollmentGrant } from '../../relay/model/records.ts';
import type { AgentRegister } from '../../relay/operator/operator-ports.ts';
import { absent, allOf, anyOf, beginsWith, type Condition, equals, Placeholders, present } from '../table/condition.ts';
import { callDependency } from '../table/dependency.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';

export function createPresence(table: DynamoTable): Presence {
  return {
    async seen({ accountId, keyId, pool }, nowMs) {
      await table.update(ITEM_KEYS.agent(accountId, keyId), { set: { lastSeenAt: nowMs, pool } }, isEnrolled);
    },
    async list(accountId) {
      const { pk, sk } = ITEM_KEYS.agent(accountId, '');
      const items = await Array.fromAsync(table.query(allOf(equals('pk', pk), beginsWith('sk', sk))));
      return items.map((item) => fromAgentRow(item, sk));
    },
  };
}

/** False of an agent without a row too: an update would else make one that says nothing but this. */
const isEnrolled = anyOf(equals('state', 'active'), equals('state', 'paused'));

function fromAgentRow({ pk: _pk, sk, ...row }: Item, prefix: string): AgentPresence {
  return { ...(row as Omit<AgentPresence, 'agentId'>), agentId: String(sk).slice(prefix.length) };
}

type AgentState = AgentPresence['state'];

export function createAgentRegister(table: DynamoTable): AgentRegister {
  return {
    async setState(agent, state, nowMs) {
      const { done, item } = await changeKey(table, agent, state, nowMs);
      const isItsOwn = item?.['kind'] === 'agent' && item['accountId'] === agent.accountId;
      if (!isItsOwn) return 'unknown';
      // A repeat of what was cut off between the two writes.
      if (!done && state !== 'revoked') return 'revoked';
      const key = ITEM_KEYS.agent(agent.accountId, agent.agentId);
      await table.update(key, { set: { state } }, state === 'revoked' ? present('pk') : isEnrolled);
      return 'done';
    },
  };
}

/** What requests obey. Nothing is done to a key that is revoked. */
function changeKey(
  table: DynamoTable,
  { accountId, agentId }: Parameters<AgentRegister['setState']>[0],
  state: AgentState,
  nowMs: number,
) {
  const isUsable = allOf(equals('kind', 'agent'), equals('accountId', accountId), absent('revokedAt'));
  return table.update(
    ITEM_KEYS.key(agentId),
    { set: state === 'revoked' ? { revokedAt: nowMs } : { state } },
    isUsable,
  );
}

export function createEnrollment(client: DynamoDBClient, table: DynamoTable): Enrollment {
  return {
    async findGrant(tokenSha256) {
      const item = await table.get(ITEM_KEYS.grant(tokenSha256), { consistent: true });
      if (!item) return undefined;
      const { tokenExpiresAt, usedBy, accountId, pool, labels } = item;
      return { tokenSha256, accountId, pool, labels, usedBy, expiresAt: tokenExpiresAt };
    },
    async redeem(grant, key, details) {
      const command = new TransactWriteItemsCommand({ TransactItems: redemption(table.name, grant, key, details) });
      try {
        await callDependency('DynamoDB', () => client.send(command));
        return true;
      } catch (error) {
        if (error instanceof TransactionCanceledException) return false;
        throw error;
      }
    },
  };
}

type Redemption = Parameters<Enrollment['redeem']>;

/**
 * The grant becomes used by this key; key and presence appear, or are as this grant says. All or nothing. What the
 * operator has said of an agent that was there before stays.
 */
function redemption(
  tableName: string,
  grant: EnrollmentGrant,
  key: AgentKey,
  { thumbprint, name, nowMs }: Redemption[2],
) {
  const { labels } = grant;
  const { accountId, keyId, pool } = key;
  return [
    {
      Update: {
        TableName: tableName,
        Key: marshall(ITEM_KEYS.grant(grant.tokenSha256)),
        UpdateExpression: 'SET usedBy = :thumbprint',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(usedBy)',
        ExpressionAttributeValues: marshall({ ':thumbprint': thumbprint }),
      },
    },
    // Revoked is for good, also for who was let in at that very moment.
    updateRow(tableName, ITEM_KEYS.key(keyId), { set: { ...key }, condition: absent('revokedAt') }),
    updateRow(tableName, ITEM_KEYS.agent(accountId, keyId), {
      set: { name, pool, labels, enrolledAt: nowMs },
      unlessThere: { state: 'active' },
    }),
  ];
}

interface RowUpdate {
  readonly set: Item;
  readonly unlessThere?: Item;
  readonly condition?: Condition;
}

/** Makes the row where there is none. */
function updateRow(TableName: string, key: ItemKey, { set, unlessThere = {}, condition }: RowUpdate) {
  const placeholders = new Placeholders();
  const name = (attribute: string) => placeholders.name(attribute);
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const clauses = [
    ...given.map(([attribute, value]) => `${name(attribute)} = ${placeholders.value(value)}`),
    ...Object.entries(unlessThere).map(
      ([attribute, value]) => `${name(attribute)} = if_not_exists(${name(attribute)}, ${placeholders.value(value)})`,
    ),
  ];
  const ConditionExpression = condition?.(placeholders);
  return {
    Update: {
      TableName,
      Key: marshall(key),
      UpdateExpression: `SET ${clauses.join(', ')}`,
      ...(ConditionExpression !== undefined && { ConditionExpression }),
      ExpressionAttributeNames: placeholders.names,
      ExpressionAttributeValues: marshall(placeholders.values),
    },
  };
}
