// Agents in the table: enrolment in one transaction, and when each was last seen.
import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Enrollment, Presence } from '../relay/ports.ts';
import type { AgentKey, EnrollmentGrant } from '../relay/records.ts';
import { callDependency } from './dependency.ts';
import { type DynamoTable, toItem } from './dynamodb-table.ts';
import { ITEM_KEYS } from './item-keys.ts';

export function createPresence(table: DynamoTable): Presence {
  return {
    async seen({ accountId, keyId, pool }, nowMs) {
      await table.update(ITEM_KEYS.agent(accountId, keyId), { set: { lastSeenAt: nowMs, pool } });
    },
  };
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

/** The grant becomes used by this key; key and presence appear. All or nothing. */
function redemption(
  tableName: string,
  grant: EnrollmentGrant,
  key: AgentKey,
  { thumbprint, name, nowMs }: Redemption[2],
) {
  const presence = { name, pool: key.pool, labels: grant.labels, state: 'active', enrolledAt: nowMs };
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
    { Put: { TableName: tableName, Item: toItem({ ...ITEM_KEYS.key(key.keyId), ...key }) } },
    { Put: { TableName: tableName, Item: toItem({ ...ITEM_KEYS.agent(key.accountId, key.keyId), ...presence }) } },
  ];
}
