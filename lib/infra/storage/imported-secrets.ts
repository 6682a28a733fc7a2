// Secrets that were imported from elsewhere. The CLI creates and removes them between deployments.
import { Aws, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { importedSecretPrefix } from '../../aws/secrets/imported-secret-names.ts';

type Direction = 'inbound' | 'outbound';

/** The imported secrets of a stage. */
export class ImportedSecrets {
  readonly stage: string;

  constructor(stage: string) {
    this.stage = stage;
  }

  /** Grants reading the values of one direction. */
  grantRead(grantee: IGrantable, direction: Direction): Grant {
    this.acknowledgeWildcard(grantee, direction);
    const arn = `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:`;
    return Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [`${arn}${importedSecretPrefix(this.stage, direction)}*`],
    });
  }

  private acknowledgeWildcard({ grantPrincipal }: IGrantable, direction: Direction): void {
    if (!Construct.isConstruct(grantPrincipal)) return;
    const arn = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:';
    Validations.of(grantPrincipal).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arn}${importedSecretPrefix(this.stage, direction)}*]`,
      reason:
        'Secrets are imported and removed between deployments, and their names end in characters that AWS chooses. The ' +
        'wildcard covers only the prefix of this stage and direction, and the key’s row says which secret is read.',
    });
  }
}
