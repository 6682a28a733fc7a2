// The template's resources that hold data: the table, the key rings, and which of them outlive the stack.
import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { TABLE } from '../../../lib/aws/table/table-schema.ts';
import { atPath, flatten, ofType, type Resource, resourcesOf, synthesize } from '../template.ts';

const dev = resourcesOf(synthesize());
const prod = resourcesOf(synthesize({ stage: 'prod' }));
const table = ({ Properties }: Resource = atPath(dev, '/Relay/Table/Resource')[1]) => Properties;

interface Key {
  readonly AttributeName: string;
  readonly KeyType: string;
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: Key[];
  readonly Projection: { readonly ProjectionType: string };
}

describe('the table', () => {
  it('is a plain, on-demand AWS::DynamoDB::Table with point-in-time recovery', () => {
    expect(ofType(dev, 'AWS::DynamoDB::Table')).toHaveLength(1);
    expect(table()).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('has the keys, TTL and stream of the schema', () => {
    expect(keysOf(table()['KeySchema'])).toEqual([TABLE.partitionKey, TABLE.sortKey]);
    expect(table()['TimeToLiveSpecification']).toEqual({ AttributeName: TABLE.timeToLive, Enabled: true });
    expect(table()['StreamSpecification']).toEqual({ StreamViewType: TABLE.stream });
  });

  it('has exactly the indexes of the schema, with keys only', () => {
    const indexes = table()['GlobalSecondaryIndexes'].map(({ IndexName, KeySchema, Projection }: Index) => ({
      name: IndexName,
      keys: keysOf(KeySchema),
      projection: Projection.ProjectionType,
    }));
    expect(indexes).toEqual(
      Object.entries(TABLE.indexes).map(([name, { partitionKey, sortKey }]) => ({
        name,
        keys: [partitionKey.name, sortKey.name],
        projection: 'KEYS_ONLY',
      })),
    );
  });

  it('gives every key the type of the schema', () => {
    const indexKeys = Object.values(TABLE.indexes).flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey]);
    const keys = [{ name: TABLE.partitionKey, type: 'S' }, { name: TABLE.sortKey, type: 'S' }, ...indexKeys];
    const expected = keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type }));
    expect(table()['AttributeDefinitions']).toEqual(expect.arrayContaining(expected));
    expect(table()['AttributeDefinitions']).toHaveLength(expected.length);
  });

  function keysOf(schema: Key[]): string[] {
    expect(schema.map(({ KeyType }) => KeyType)).toEqual(['HASH', 'RANGE']);
    return schema.map(({ AttributeName }) => AttributeName);
  }
});

describe('what outlives the stack', () => {
  it('includes the table in a production stage, with deletion protection', () => {
    const [, row] = atPath(prod, '/Relay/Table/Resource');
    expect([row.DeletionPolicy, table(row)['DeletionProtectionEnabled']]).toEqual(['Retain', true]);
  });

  it('does not include the table in other stages', () => {
    const [, row] = atPath(dev, '/Relay/Table/Resource');
    expect([row.DeletionPolicy, table(row)['DeletionProtectionEnabled']]).toEqual(['Delete', false]);
  });

  it('follows the removalPolicy prop', () => {
    const retained = resourcesOf(synthesize({ removalPolicy: RemovalPolicy.RETAIN }));
    expect(atPath(retained, '/Relay/Table/Resource')[1].DeletionPolicy).toBe('Retain');
  });

  it.each([
    ['dev', dev],
    ['prod', prod],
    ['dev with removal policy DESTROY', resourcesOf(synthesize({ removalPolicy: RemovalPolicy.DESTROY }))],
  ])('includes both key rings in stage %s', (_, resources) => {
    const policies = ofType(resources, 'AWS::SecretsManager::Secret').map(([, { DeletionPolicy }]) => DeletionPolicy);
    expect(policies).toEqual(['Retain', 'Retain']);
  });
});

describe('a key ring', () => {
  /**
   * A change here changes every partner's secret with the next deployment, because CloudFormation replaces the secret.
   */
  it.each(['Inbound', 'Outbound'])('(%s) has exactly this generator and this logical id', (name) => {
    const [logicalId, { Properties }] = atPath(dev, `/Relay/${name}Ring/Resource`);
    expect(logicalId).toBe({ Inbound: 'RelayInboundRingFD94AF74', Outbound: 'RelayOutboundRing36972F10' }[name]);
    expect(Properties['Name']).toBeUndefined();
    expect(Properties['GenerateSecretString']).toStrictEqual({
      SecretStringTemplate: '{}',
      GenerateStringKey: '1',
      PasswordLength: 64,
      ExcludeUppercase: true,
      ExcludePunctuation: true,
      ExcludeCharacters: 'ghijklmnopqrstuvwxyz',
      RequireEachIncludedType: false,
    });
  });

  it('names its deployment in its tags', () => {
    const [, { Properties }] = atPath(dev, '/Relay/InboundRing/Resource');
    const tags = Properties['Tags'].map(({ Key, Value }: Record<string, unknown>) => [Key, flatten(Value)]);
    expect(Object.fromEntries(tags)).toEqual({
      'signet:stage': 'dev',
      'signet:ring': 'inbound',
      'signet:table': `<${atPath(dev, '/Relay/Table/Resource')[0]}>`,
      'signet:job-queue-url-prefix': 'https://sqs.<AWS::Region>.<AWS::URLSuffix>/<AWS::AccountId>/signet-dev-jobs-',
      'signet:api-url': `<${atPath(dev, '/Http/Api/Resource')[0]}.ApiEndpoint>`,
      'signet:delivery-queue-url': `<${atPath(dev, '/Deliveries/Queue/Resource')[0]}>`,
      'signet:delivery-dead-letter-queue-url': `<${atPath(dev, '/Deliveries/DeadLetterQueue/Resource')[0]}>`,
      'signet:event-dead-letter-queue-url': `<${atPath(dev, '/Events/DeadLetterQueue/Resource')[0]}>`,
    });
  });
});
