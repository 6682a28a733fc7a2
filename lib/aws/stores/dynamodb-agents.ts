// Agents in the table: enrolment in one transaction, presence, and the operator's changes of state.
import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AgentStatement } from '../../protocol/messages.ts';
import type { AgentInstances, Enrollment, Presence } from '../../relay/model/ports.ts';
import type { AgentKey, AgentPresence, EnrollmentGrant } from '../../relay/model/records.ts';
import { TUNING } from '../../relay/model/tuning.ts';
import type { AgentRegister } from '../../relay/operator/operator-ports.ts';
import { callDependency } from '../table/call-dependency.ts';
import {
  absent,
  allOf,
  anyOf,
  beginsWith,
  type Condition,
  equals,
  isAsRead,
  Placeholders,
  present,
} from '../table/condition.ts';
import type { DynamoTable, Item, ItemKey } from '../table/dynamodb-table.ts';
import { ITEM_KEYS } from '../table/item-keys.ts';

/** Returns the presence port on the table. */
export function createPresence(table: DynamoTable): Presence {
  return {
    async recordSeen({ accountId, keyId, pool }, nowMs, says) {
      const set = { lastSeenAt: nowMs, pool, says: says && withoutUndefined(says) };
      await table.update(ITEM_KEYS.agent(accountId, keyId), { set }, isEnrolled);
    },
    async list(accountId) {
      const { pk, sk } = ITEM_KEYS.agent(accountId, '');
      const items = await Array.fromAsync(table.query(allOf(equals('pk', pk), beginsWith('sk', sk))));
      return items.map((item) => fromAgentRow(item, sk));
    },
  };
}

/** Also false for an agent without a row. The update would otherwise create a row with nothing but these attributes. */
const isEnrolled = anyOf(equals('state', 'active'), equals('state', 'paused'));

function fromAgentRow({ pk: _pk, sk, ...row }: Item, prefix: string): AgentPresence {
  return { ...(row as Omit<AgentPresence, 'agentId'>), agentId: String(sk).slice(prefix.length) };
}

function withoutUndefined(says: AgentStatement): Item {
  return Object.fromEntries(Object.entries(says).filter(([, value]) => value !== undefined));
}

/** Returns the port that replaces instances, on the rows of the agents' keys. */
export function createAgentInstances(table: DynamoTable): AgentInstances {
  return {
    async replace({ keyId, instance: current, replaced = [] }, instance) {
      const before = current === undefined ? replaced : [current, ...replaced];
      const set = { instance, replaced: before.slice(0, TUNING.rememberedInstances) };
      const isUsable = allOf(equals('kind', 'agent'), absent('revokedAt'));
      return (await table.update(ITEM_KEYS.key(keyId), { set }, allOf(isUsable, isAsRead('instance', current)))).done;
    },
  };
}

type AgentState = AgentPresence['state'];

/** Returns the agent register on the table. */
export function createAgentRegister(table: DynamoTable): AgentRegister {
  return {
    async setState(agent, state, nowMs) {
      const { done, item } = await changeKey(table, agent, state, nowMs);
      const isItsOwn = item?.['kind'] === 'agent' && item['accountId'] === agent.accountId;
      if (!isItsOwn) return 'unknown';
      // Revoking a revoked key continues, because an earlier try may have died between its two writes.
      if (!done && state !== 'revoked') return 'revoked';
      const key = ITEM_KEYS.agent(agent.accountId, agent.agentId);
      await table.update(key, { set: { state } }, state === 'revoked' ? present('pk') : isEnrolled);
      return 'done';
    },
  };
}

/** Changes the key row, which requests are checked against. A revoked key does not change. */
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

/** Returns the enrolment port on the table. */
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
 * Returns the writes that redeem a grant, all or nothing. The grant is marked as used by this key, and the key and its
 * presence are created or updated. An existing agent keeps the state that the operator gave it.
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
    updateRow(tableName, ITEM_KEYS.grant(grant.tokenSha256), {
      set: { usedBy: thumbprint },
      condition: allOf(present('pk'), absent('usedBy')),
    }),
    // A revoked key stays revoked, even when the revocation happens during the enrolment.
    updateRow(tableName, ITEM_KEYS.key(keyId), { set: { ...key }, condition: absent('revokedAt') }),
    updateRow(tableName, ITEM_KEYS.agent(accountId, keyId), {
      set: { name, pool, labels, enrolledAt: nowMs },
      setIfAbsent: { state: 'active' },
    }),
  ];
}

interface RowUpdate {
  readonly set: Item;
  readonly setIfAbsent?: Item;
  readonly condition?: Condition;
}

/** Returns one update of the transaction. It creates the row when there is none, unless the condition forbids it. */
function updateRow(TableName: string, key: ItemKey, { set, setIfAbsent = {}, condition }: RowUpdate) {
  const placeholders = new Placeholders();
  const name = (attribute: string) => placeholders.name(attribute);
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const clauses = [
    ...given.map(([attribute, value]) => `${name(attribute)} = ${placeholders.value(value)}`),
    ...Object.entries(setIfAbsent).map(
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
