// The job queues: one per account and pool, made by the CLI with the account. The template knows only what their names begin with.
import { Aws, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export class JobQueues {
  readonly namePrefix: string;

  constructor(stage: string) {
    this.namePrefix = `signet-${stage}-jobs-`;
  }

  /** A queue's URL is this followed by `<accountId>-<pool>`. */
  get urlPrefix(): string {
    return `https://sqs.${Aws.REGION}.${Aws.URL_SUFFIX}/${Aws.ACCOUNT_ID}/${this.namePrefix}`;
  }

  get arnPattern(): string {
    return `arn:${Aws.PARTITION}:sqs:${Aws.REGION}:${Aws.ACCOUNT_ID}:${this.namePrefix}*`;
  }

  /** One of the two wildcards of the template; the other is in imported-secrets.ts. */
  grant(grantee: IGrantable, ...actions: string[]): Grant {
    this.acknowledgeWildcard(grantee);
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.arnPattern] });
  }

  private acknowledgeWildcard({ grantPrincipal }: IGrantable): void {
    if (!Construct.isConstruct(grantPrincipal)) return;
    Validations.of(grantPrincipal).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${this.namePrefix}*]`,
      reason:
        'Job queues come and go with accounts and pools, between deployments. The wildcard ends inside this stage’s own ' +
        'name prefix, and which queue is used comes from the verified account’s row.',
    });
  }
}
