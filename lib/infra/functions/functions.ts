// The functions: size, timeout and construction. Their permissions are in permissions.ts.
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
  readonly purpose: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
}

/**
 * The API functions must answer within the gateway's 29 s. None of them waits for work. A poll of an agent does little, so
 * the agent function is small.
 */
export const FUNCTIONS = {
  links: { purpose: 'partner and public routes', memoryMb: 512, timeoutSeconds: 15 },
  agent: { purpose: 'the agents’ pull endpoint', memoryMb: 256, timeoutSeconds: 15 },
  publish: { purpose: 'table stream to deliveries', memoryMb: 512, timeoutSeconds: 60 },
  /** 10 s for the slowest receiver of a batch, and the rest for our own reads and writes. */
  deliver: { purpose: 'signed deliveries to endpoints', memoryMb: 512, timeoutSeconds: 30 },
  /** It ends before the next minute's run starts. */
  sweep: { purpose: 'jobs and deliveries that are due', memoryMb: 512, timeoutSeconds: 55 },
} as const satisfies Record<FunctionName, Size>;

/** The names of all functions. */
export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[];

/** Never above INFO: metrics are log lines of that level, and Lambda would drop them. */
export type LogLevel = 'DEBUG' | 'INFO';

export interface RelayFunctionProps {
  /** The value of every variable of every function. Each function gets its own (lib/aws/lambda/environment.ts). */
  readonly variables: Readonly<Record<VariableName, string>>;
  readonly logLevel: LogLevel;
  readonly logRetention: RetentionDays;
  /** What happens to the logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  /**
   * Concurrent executions reserved for the function.
   * @default - no reservation: the function shares the account's unreserved concurrency
   */
  readonly reservedConcurrency?: number | undefined;
}

/** One function with its role and its log group. Until it is granted more, the role may only write that log. */
export class RelayFunction extends LambdaFunction {
  constructor(scope: Construct, name: FunctionName, props: RelayFunctionProps) {
    super(scope, name, {
      ...sizeProps(name),
      ...loggingProps(scope, name, props),
      environment: environment(name, props),
      ...omitUndefined({ reservedConcurrentExecutions: props.reservedConcurrency }),
    });
  }
}

function sizeProps(name: FunctionName) {
  const { purpose, memoryMb, timeoutSeconds } = FUNCTIONS[name];
  return {
    description: `Signet Relay: ${purpose}`,
    code: bundleLambda(name),
    handler: 'index.handler',
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memoryMb,
    timeout: Duration.seconds(timeoutSeconds),
  } satisfies Partial<FunctionProps>;
}

/**
 * Uses a role of ours. The role that CDK would create has a managed policy that may write to every log in the account.
 */
function loggingProps(scope: Construct, name: FunctionName, props: RelayFunctionProps) {
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
