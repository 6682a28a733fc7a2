// The laptop cloud: runs a synthesized CDK assembly on one machine. It knows AWS's semantics and not the application.

import { createOffsetClock } from './base/offset-clock.ts';
import { collectStarted, type Started } from './base/stoppable.ts';
import { readRouter, startHttpApi } from './http/http-api.ts';
import type { Router } from './http/http-routes.ts';
import { type LogEntry, startFunctionHost } from './lambda/function-host.ts';
import { createMeter, type Meter } from './meter/meter.ts';
import {
  bindFunctions,
  bindHttpApi,
  createBindings,
  type GrowingBindings,
  replaceApiAddress,
} from './physical-resources.ts';
import { type Emulators, startEmulators } from './services/emulators.ts';
import { makeQueues, nameQueues } from './services/sqs.ts';
import { makeTables } from './services/tables.ts';
import { startEventSources } from './sources/event-sources.ts';
import { callPeriodically, startSchedules } from './sources/schedule.ts';
import { type Assembly, readAssembly } from './template/assembly.ts';
import { createEnvironment, type Endpoints } from './template/function-environment.ts';
import { type FunctionSpec, readFunctions } from './template/function-spec.ts';
import { type Bindings, resolveText } from './template/intrinsic-functions.ts';

export type { LogEntry } from './lambda/function-host.ts';
export { FunctionError } from './lambda/function-instance.ts';
export { billableOperations, difference, type Meter, type MeterReading } from './meter/meter.ts';
export type { Endpoints } from './template/function-environment.ts';

/** What to run, and where its state is stored. */
export interface LaptopCloudOptions {
  /** The folder with manifest.json, the template and the assets. */
  readonly assembly: string;
  /** Where the table, the secrets and the stream checkpoints are stored between starts. */
  readonly dataDir: string;
  /** The API's port. Port 0 takes any free port. */
  readonly port: number;
  /** Additional variables, by function name. They override the template's. */
  readonly environment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Called with each line that a function prints, and with each failure of an invocation. */
  readonly onLog?: (entry: LogEntry) => void;
  /** Called with each request to the API as its function receives it: a payload 2.0 event. */
  readonly onHttpRequest?: (event: Readonly<Record<string, unknown>>) => void;
}

/** A running laptop cloud. */
export interface LaptopCloud {
  readonly baseUrl: string;
  /** The addresses that the functions use as well. Calls through them are metered. */
  readonly endpoints: Endpoints;
  /** The stack's outputs, resolved. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Returns exactly the environment of that function's process. */
  environmentOf(functionName: string): Readonly<Record<string, string>>;
  readonly meter: Meter;
  /** Sets the offset of the emulated machine's clock for every worker, including running ones. Delays stay real. */
  setClockOffset(ms: number): void;
  /**
   * Invokes a function and returns its answer.
   * @throws FunctionError when the function failed.
   */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Stops everything, and leaves no process, socket or timer behind. */
  stop(): Promise<void>;
}

/**
 * Starts the cloud and returns it.
 * @throws Error when the assembly cannot be read or uses a feature that the laptop cloud does not support. Nothing is
 *   left running then.
 */
export async function startLaptopCloud(options: LaptopCloudOptions): Promise<LaptopCloud> {
  const started = collectStarted();
  try {
    return await start(options, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(options: LaptopCloudOptions, started: Started): Promise<LaptopCloud> {
  const { dataDir, port, onLog = () => {}, onHttpRequest = () => {} } = options;
  const assembly = readAssembly(options.assembly);
  const specs = readFunctions(assembly);
  const meter = createMeter();
  const clock = createOffsetClock();
  const emulators = await startEmulators(dataDir, meter, started);
  const environments = new Map<string, Readonly<Record<string, string>>>();
  const environmentOf = (name: string) => environments.get(name) ?? unknownFunction(name);
  const host = started.add(startFunctionHost({ specs, environmentOf, clockOffset: clock.offset, meter, onLog }));
  // The API's address is known once it listens, but its routes only once the resources exist. Early requests wait for
  // them.
  const router = Promise.withResolvers<Router>();
  const api = started.add(
    await startHttpApi({
      port,
      router: router.promise,
      invoke: host.invoke,
      meter,
      now: clock.now,
      onRequest: onHttpRequest,
    }),
  );
  const bindings = await makeResources(assembly, specs, emulators, api.url);
  for (const spec of specs)
    environments.set(spec.name, environmentFor(spec, { options, emulators, bindings, baseUrl: api.url }));
  router.resolve(readRouter(assembly, bindings));
  const triggers = { assembly, bindings, invoke: host.invoke, started };
  startEventSources({ ...triggers, specs, emulators, dataDir });
  startSchedules({ ...triggers, now: clock.now, every: callPeriodically });
  return {
    baseUrl: api.url,
    endpoints: emulators.endpoints,
    outputs: resolveOutputs(assembly, bindings, api.url),
    environmentOf,
    meter,
    setClockOffset: clock.setOffset,
    invoke: host.invoke,
    stop: started.stop,
  };
}

/** Binds names first and resources afterwards, so that resources can refer to each other. */
async function makeResources(
  assembly: Assembly,
  specs: readonly FunctionSpec[],
  { endpoints, unmetered, tableSuffix, secretsManager }: Emulators,
  baseUrl: string,
): Promise<GrowingBindings> {
  const bindings = createBindings(assembly);
  bindings.add(bindFunctions(specs));
  bindings.add(bindHttpApi(assembly, baseUrl));
  bindings.add(nameQueues(assembly, bindings, endpoints.sqs));
  bindings.add(await makeTables(assembly, bindings, { endpoint: unmetered.dynamodb, tableSuffix }));
  await makeQueues(assembly, bindings, unmetered.sqs);
  bindings.add(secretsManager.makeSecrets(assembly, bindings));
  return bindings;
}

interface EnvironmentInput {
  readonly options: LaptopCloudOptions;
  readonly emulators: Emulators;
  readonly bindings: Bindings;
  readonly baseUrl: string;
}

function environmentFor(spec: FunctionSpec, { options, emulators, bindings, baseUrl }: EnvironmentInput) {
  const environment = createEnvironment(spec, emulators.endpoints, bindings);
  return { ...replaceApiAddress(environment, baseUrl), ...options.environment?.[spec.name] };
}

function resolveOutputs(assembly: Assembly, bindings: Bindings, baseUrl: string): Readonly<Record<string, string>> {
  const outputs = Object.entries(assembly.outputs).map(
    ([name, value]) => [name, resolveText(value, bindings, `Outputs.${name}`)] as const,
  );
  return replaceApiAddress(Object.fromEntries(outputs), baseUrl);
}

function unknownFunction(name: string): never {
  throw new Error(`There is no function called ${name}.`);
}
