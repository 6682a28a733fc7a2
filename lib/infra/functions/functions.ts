// The functions: how large, how long, and how each is made. What each may do is in permissions.ts.
import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  type FunctionProps,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENVIRONMENT, type FunctionName, type VariableName } from '../../aws/lambda/environment.ts';
import { omitUndefined } from '../omit-undefined.ts';
import { bundleLambda } from './lambda-code.ts';
import { METRICS_NAMESPACE, serviceName } from './outcome-metrics.ts';

interface Size {
  readonly does: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

/** An API function must answer within the gateway's 29 s; an agent's poll waits up to 20 s of them, idle, so its memory is small. */
export const FUNCTIONS = {
  links: { does: 'partner and public routes', memoryMb: 512, timeoutSeconds: 15 },
  agent: { does: 'the agents’ pull endpoint', memoryMb: 256, timeoutSeconds: 28 },
  publish: { does: 'table stream to deliveries', memoryMb: 512, timeoutSeconds: 60 },
  /** 10 s for the exchange with the slowest receiver of a batch; the rest for our own reads and writes. */
  deliver: { does: 'signed deliveries to endpoints', memoryMb: 512, timeoutSeconds: 30 },
  /** Ends before the next minute's run begins. */
  sweep: { does: 'whatever is due', memoryMb: 512, timeoutSeconds: 55 },
} as const satisfies Record<FunctionName, Size>;

export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[];

/** Never above INFO: metrics are log lines of that level, and Lambda would drop them. */
export type LogLevel = 'DEBUG' | 'INFO';

export interface RelayFunctionProps {
  /** The value of every variable of every function; each takes its own (lib/aws/lambda/environment.ts). */
  readonly variables: Readonly<Record<VariableName, string>>;
  readonly logLevel: LogLevel;
  readonly logRetention: RetentionDays;
  /** What happens to the logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
  /** @default no reservation: the function takes from the account's common concurrency */
  readonly reservedConcurrency?: number | undefined;
}

/** One function, its role and its log group. The role may do nothing but write that log until it is granted something. */
export class RelayFunction extends LambdaFunction {
  constructor(scope: Construct, name: FunctionName, props: RelayFunctionProps) {
    super(scope, name, {
      ...sized(name),
      ...logged(scope, name, props),
      environment: environment(name, props),
      ...omitUndefined({ reservedConcurrentExecutions: props.reservedConcurrency }),
    });
  }
}

function sized(name: FunctionName) {
  const { does, memoryMb, timeoutSeconds } = FUNCTIONS[name];
  return {
    description: `Signet Relay: ${does}`,
    code: bundleLambda(name),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memoryMb,
    timeout: Duration.seconds(timeoutSeconds),
  } satisfies Partial<FunctionProps>;
}

/** Our own role, because the one CDK would make carries a managed policy that may write to every log in the account. */
function logged(scope: Construct, name: FunctionName, props: RelayFunctionProps) {
  const { logRetention: retention, removalPolicy } = props;
  const logGroup = new LogGroup(scope, `${name}Logs`, { retention, removalPolicy });
  const role = new Role(scope, `${name}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return {
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
    systemLogLevelV2: SystemLogLevel.INFO,
  } satisfies Partial<FunctionProps>;
}

function environment(name: FunctionName, props: RelayFunctionProps): Record<string, string> {
  return {
    ...Object.fromEntries(ENVIRONMENT[name].map((variable) => [variable, props.variables[variable]])),
    POWERTOOLS_SERVICE_NAME: serviceName(props.variables.SIGNET_STAGE, name),
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
    POWERTOOLS_LOG_LEVEL: props.logLevel,
  };
}
