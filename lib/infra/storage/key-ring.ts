// A key ring: numbered 256-bit masters in one secret. All derived secrets come from them and are never stored.
import { RemovalPolicy, Tags, Validations } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Secret, type SecretStringGenerator } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { DEPLOYMENT_TAGS } from '../../aws/deployment/deployment-tags.ts';

/**
 * The first value: `{"1":"<64 lower-case hex characters>"}`.
 *
 * NEVER CHANGE THIS. CloudFormation replaces a secret whose generator changes, and every derived secret would change
 * with it. A test pins it. `signet ring rotate` adds later masters.
 */
const FIRST_MASTER: SecretStringGenerator = {
  secretStringTemplate: '{}',
  generateStringKey: '1',
  passwordLength: 64,
  excludeUppercase: true,
  excludePunctuation: true,
  excludeCharacters: 'ghijklmnopqrstuvwxyz',
  requireEachIncludedType: false,
};

const NO_TIMED_ROTATION = {
  id: 'AwsSolutions-SMG4',
  reason:
    'A ring is append only. Replacing its value on a schedule would break every secret derived from it. ' +
    '`signet ring rotate` adds a master and moves new secrets to it.',
};

export interface KeyRingProps {
  /** What the secrets derived from this ring sign: requests to the relay, or deliveries from it. */
  readonly direction: 'inbound' | 'outbound';

  /** Tags by which `signet --stage` finds the deployment without reading a secret value. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * A key ring. Every stage retains it, and the stack's removal policy does not apply to it: losing a ring loses every secret derived
 * from it.
 */
export class KeyRing extends Secret {
  constructor(scope: Construct, id: string, props: KeyRingProps) {
    super(scope, id, {
      description: `Signet Relay: masters of the ${props.direction} secrets. Append only; rotate with signet ring rotate.`,
      generateSecretString: FIRST_MASTER,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Tags.of(this).add(DEPLOYMENT_TAGS.ring, props.direction);
    for (const [key, value] of Object.entries(props.tags)) Tags.of(this).add(key, value);
    Validations.of(this).acknowledge(NO_TIMED_ROTATION);
  }

  /** Grants only reading the value. CDK's own `grantRead` adds DescribeSecret, which no function needs. */
  override grantRead(grantee: IGrantable): Grant {
    const actions = ['secretsmanager:GetSecretValue'];
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.secretArn] });
  }
}
