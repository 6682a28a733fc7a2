// The one table, as lib/aws/table/table-schema.ts describes it.
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { TABLE } from '../../aws/table/table-schema.ts';

export type IndexName = keyof typeof TABLE.indexes;

const INDEX_NAMES = Object.keys(TABLE.indexes) as IndexName[];
const ATTRIBUTE_TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

export interface RelayTableProps {
  /** What happens to the rows when the stack goes. Anything but DESTROY also turns deletion protection on. */
  readonly removalPolicy: RemovalPolicy;
}

/** On demand, with point-in-time recovery. `Table`, not `TableV2`: its template is a plain AWS::DynamoDB::Table, which lib/local reads. */
export class RelayTable extends Table {
  constructor(scope: Construct, id: string, props: RelayTableProps) {
    super(scope, id, {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.timeToLive,
      stream: StreamViewType[TABLE.stream],
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy: props.removalPolicy,
    });
    for (const name of INDEX_NAMES) this.addIndex(name);
  }

  get streamArn(): string {
    if (!this.tableStreamArn) throw new Error('The table schema names no stream.');
    return this.tableStreamArn;
  }

  /** Grants actions on the table's rows: never on its indexes, so not `table.grant`, which adds `index/*`. */
  grantRows(grantee: IGrantable, ...actions: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] });
  }

  grantQueryIndex(grantee: IGrantable, name: IndexName): Grant {
    const resourceArns = [`${this.tableArn}/index/${name}`];
    return Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns });
  }

  /** ListStreams too: Lambda refuses to make the event source mapping without it, but needs it for this stream only. */
  grantReadStream(grantee: IGrantable): Grant {
    const actions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'].map(
      (name) => `dynamodb:${name}`,
    );
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.streamArn] });
  }

  private addIndex(name: IndexName): void {
    const { partitionKey, sortKey } = TABLE.indexes[name];
    this.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: { name: partitionKey.name, type: ATTRIBUTE_TYPES[partitionKey.type] },
      sortKey: { name: sortKey.name, type: ATTRIBUTE_TYPES[sortKey.type] },
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }
}
