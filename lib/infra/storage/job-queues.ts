// The job queues: one per account and pool, created by the CLI. The template knows only the prefix of their names.
import { Aws, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** The job queues of a stage. */
export class JobQueues {
  readonly namePrefix: string;

  constructor(stage: string) {
    this.namePrefix = `signet-${stage}-jobs-`;
  }

  /** The start of a queue's URL; `<accountId>-<pool>` follows. */
  get urlPrefix(): string {
    return `https://sqs.${Aws.REGION}.${Aws.URL_SUFFIX}/${Aws.ACCOUNT_ID}/${this.namePrefix}`;
  }

  /** The ARN pattern of all job queues of the stage. */
  get arnPattern(): string {
    return `arn:${Aws.PARTITION}:sqs:${Aws.REGION}:${Aws.ACCOUNT_ID}:${this.namePrefix}*`;
  }

  /**
   * Grants actions on all job queues of the stage. The only other wildcard of the template is in imported-secrets.ts.
   */
  grant(grantee: IGrantable, ...actions: string[]): Grant {
    this.acknowledgeWildcard(grantee);
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.arnPattern] });
  }

  private acknowledgeWildcard({ grantPrincipal }: IGrantable): void {
    if (!Construct.isConstruct(grantPrincipal)) return;
    Validations.of(grantPrincipal).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${this.namePrefix}*]`,
      reason:
        'Job queues are created and removed with accounts and pools, between deployments. The wildcard covers only this ' +
        'stage’s own name prefix, and the verified account’s row says which queue is used.',
    });
  }
}
