// The DynamoDB table, as lib/aws/table/table-schema.ts describes it.
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { TABLE } from '../../aws/table/table-schema.ts';

/** The name of an index of the table. */
export type IndexName = keyof typeof TABLE.indexes;

const INDEX_NAMES = Object.keys(TABLE.indexes) as IndexName[];
const ATTRIBUTE_TYPES = { S: AttributeType.STRING, N: AttributeType.NUMBER } as const;

export interface RelayTableProps {
  /** What happens to the rows when the stack is deleted. Every value but DESTROY also turns deletion protection on. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The table, on demand and with point-in-time recovery. It is a `Table` and not a `TableV2`, because lib/local reads
 * the plain AWS::DynamoDB::Table of its template.
 */
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

  /** The ARN of the table's stream. */
  get streamArn(): string {
    if (!this.tableStreamArn) throw new Error('The table schema names no stream.');
    return this.tableStreamArn;
  }

  /** Grants actions on the table's rows but not on its indexes. `table.grant` would add `index/*`. */
  grantRows(grantee: IGrantable, ...actions: string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] });
  }

  /** Grants querying one index. */
  grantQueryIndex(grantee: IGrantable, name: IndexName): Grant {
    const resourceArns = [`${this.tableArn}/index/${name}`];
    return Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns });
  }

  /**
   * Grants reading the stream. Lambda requires ListStreams to create the event source mapping, for this stream only.
   */
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
