// Starts the template's event source mappings: queues and table streams that call functions.
import { join } from 'node:path';
import { ACCOUNT_ID } from '../base/identity.ts';
import { type Started, type Stoppable, stopTogether } from '../base/stoppable.ts';
import type { Emulators } from '../services/emulators.ts';
import { type Assembly, type Resource, resourcesOfType } from '../template/assembly.ts';
import type { FunctionSpec } from '../template/function-spec.ts';
import { type Bindings, resolveValue } from '../template/intrinsic-functions.ts';
import { compileFilters } from './event-filter.ts';
import { startSqsSource } from './sqs-source.ts';
import { startStreamSource } from './stream-source.ts';

/** The template's mappings, and what they connect. */
export interface EventSourceOptions {
  readonly assembly: Assembly;
  readonly bindings: Bindings;
  readonly specs: readonly FunctionSpec[];
  readonly emulators: Emulators;
  readonly dataDir: string;
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  readonly started: Started;
}

/** An AWS::Lambda::EventSourceMapping with resolved properties. */
interface Mapping {
  readonly EventSourceArn: string;
  readonly FunctionName: string;
  readonly Enabled?: boolean;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly FilterCriteria?: unknown;
  readonly StartingPosition?: string;
  readonly BisectBatchOnFunctionError?: boolean;
  readonly MaximumRetryAttempts?: number;
  readonly MaximumRecordAgeInSeconds?: number;
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
}

/**
 * Starts all enabled mappings.
 * @throws Error for a source that is neither a queue nor a table's stream. The sources that run by then are in
 *   `started`.
 */
export function startEventSources(options: EventSourceOptions): void {
  const sources: Stoppable[] = [];
  options.started.add(stopTogether(sources));
  for (const resource of resourcesOfType(options.assembly, 'AWS::Lambda::EventSourceMapping')) {
    sources.push(...startSource(resource, options));
  }
}

function startSource(resource: Resource, options: EventSourceOptions): readonly Stoppable[] {
  const mapping = resolveValue(resource.properties, options.bindings, resource.path) as Mapping;
  const spec = options.specs.find(
    ({ name }) => name === mapping.FunctionName.split(':function:').at(-1)?.split(':')[0],
  );
  if (!spec) throw new Error(`${resource.path} calls ${mapping.FunctionName}, which is not a function of this stack.`);
  if (mapping.Enabled === false) return [];
  const invoke = (event: unknown) => options.invoke(spec.name, event);
  const service = mapping.EventSourceArn.split(':')[2];
  if (service === 'sqs') return [startQueue({ mapping, spec, invoke }, resource, options)];
  if (service === 'dynamodb') return [startStream({ mapping, spec, invoke }, resource, options)];
  throw new Error(
    `${resource.path} reads ${mapping.EventSourceArn}, but the laptop cloud reads only queues and table streams.`,
  );
}

interface Consumer {
  readonly mapping: Mapping;
  readonly spec: FunctionSpec;
  readonly invoke: (event: unknown) => Promise<unknown>;
}

function startQueue(
  { mapping, spec, invoke }: Consumer,
  resource: Resource,
  { emulators }: EventSourceOptions,
): Stoppable {
  const { sqs } = emulators.endpoints;
  return startSqsSource({
    service: { endpoint: sqs, credentials: emulators.credentials },
    queueArn: mapping.EventSourceArn,
    queueUrl: queueUrlOf(mapping.EventSourceArn, sqs),
    batchSize: mapping.BatchSize ?? 10,
    batchingWindowMs: (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    reportsFailures: reportsFailures(mapping),
    filter: compileFilters(mapping.FilterCriteria, resource.path),
    concurrency: spec.concurrency,
    invoke,
  });
}

function startStream({ mapping, spec, invoke }: Consumer, resource: Resource, options: EventSourceOptions): Stoppable {
  const { unmetered, endpoints, credentials, written } = options.emulators;
  const sqs = { endpoint: endpoints.sqs, credentials };
  const destination = mapping.DestinationConfig?.OnFailure?.Destination;
  return startStreamSource({
    // AWS does not bill Lambda's own reads of a table's stream.
    service: unmetered.dynamodb,
    streamArn: mapping.EventSourceArn,
    startsAtLatest: mapping.StartingPosition === 'LATEST',
    checkpointFile: join(options.dataDir, 'streams', `${spec.name}-${resource.logicalId}.json`),
    batchSize: mapping.BatchSize ?? 100,
    batchingWindowMs: (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    bisects: mapping.BisectBatchOnFunctionError ?? false,
    reportsFailures: reportsFailures(mapping),
    retryAttempts: orUnlimited(mapping.MaximumRetryAttempts),
    recordAgeMs: orUnlimited(mapping.MaximumRecordAgeInSeconds) * 1000,
    filter: compileFilters(mapping.FilterCriteria, resource.path),
    written,
    functionArn: spec.arn,
    failureQueue: destination ? { service: sqs, url: queueUrlOf(destination, sqs.endpoint) } : undefined,
    invoke,
  });
}

function reportsFailures({ FunctionResponseTypes: types = [] }: Mapping): boolean {
  return types.includes('ReportBatchItemFailures');
}

/** Returns infinity for -1 and for no limit. */
function orUnlimited(limit: number | undefined): number {
  return limit === undefined || limit < 0 ? Number.POSITIVE_INFINITY : limit;
}

function queueUrlOf(arn: string, endpoint: string): string {
  return `${endpoint}/${ACCOUNT_ID}/${arn.split(':').at(-1)}`;
}
