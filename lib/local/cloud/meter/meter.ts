// Counts what AWS would bill: requests per service and operation, DynamoDB's units, and the time of functions.

/** The metered services. */
export const SERVICES = ['dynamodb', 'sqs', 'secretsManager', 'apiGateway', 'lambda'] as const;
export type Service = (typeof SERVICES)[number];

/** The counts so far. Plain JSON. */
export interface MeterReading {
  /** Billed requests. A payload larger than the service's chunk counts as several. Empty receives are not included. */
  readonly calls: Readonly<Record<Service, Readonly<Record<string, number>>>>;
  /** SQS receives that found nothing. They are billed too, but they are the price of waiting and belong to no job. */
  readonly emptyReceives: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Memory in GB times billed seconds, for each function. The init phase of a cold start is not included. */
  readonly gbSeconds: Readonly<Record<string, number>>;
}

/** A meter to read. */
export interface Meter {
  snapshot(): MeterReading;
}

/** A meter that the emulators write to. */
export interface WritableMeter extends Meter {
  countCall(service: Service, operation: string, requests?: number): void;
  countEmptyReceive(): void;
  countUnits(units: { readonly read?: number; readonly write?: number }): void;
  /** Counts one invocation's time, which Lambda rounds up to a millisecond. */
  countDuration(invocation: Invocation): void;
}

/** How long a function ran, and with how much memory. */
export interface Invocation {
  readonly functionName: string;
  readonly durationMs: number;
  readonly memoryMb: number;
}

/** Returns a meter at zero. */
export function createMeter(): WritableMeter {
  const calls = noCalls();
  const totals = { emptyReceives: 0, writeUnits: 0, readUnits: 0 };
  const gbSeconds: Record<string, number> = {};
  return {
    snapshot: () => structuredClone({ calls, ...totals, gbSeconds }),
    countCall: (service, operation, requests = 1) => {
      calls[service][operation] = (calls[service][operation] ?? 0) + requests;
    },
    countEmptyReceive: () => {
      totals.emptyReceives += 1;
    },
    countUnits: ({ read = 0, write = 0 }) => {
      totals.readUnits += read;
      totals.writeUnits += write;
    },
    countDuration: ({ functionName, durationMs, memoryMb }) => {
      const billed = (Math.ceil(durationMs) / 1000) * (memoryMb / 1024);
      gbSeconds[functionName] = (gbSeconds[functionName] ?? 0) + billed;
    },
  };
}

/** Returns what was used between two readings. Operations that were not called in between are left out. */
export function difference(later: MeterReading, earlier: MeterReading): MeterReading {
  const calls = noCalls();
  for (const service of SERVICES) calls[service] = subtract(later.calls[service], earlier.calls[service]);
  return {
    calls,
    emptyReceives: later.emptyReceives - earlier.emptyReceives,
    writeUnits: later.writeUnits - earlier.writeUnits,
    readUnits: later.readUnits - earlier.readUnits,
    gbSeconds: subtract(later.gbSeconds, earlier.gbSeconds),
  };
}

type Counts = Readonly<Record<string, number>>;

function subtract(later: Counts, earlier: Counts): Record<string, number> {
  const between = Object.entries(later).map(([name, count]) => [name, count - (earlier[name] ?? 0)] as const);
  return Object.fromEntries(between.filter(([, count]) => count !== 0));
}

/** Returns the number of billed requests to all services, without empty receives. */
export function billableOperations(reading: MeterReading): number {
  return SERVICES.flatMap((service) => Object.values(reading.calls[service])).reduce((sum, count) => sum + count, 0);
}

/** Returns how many requests a payload is billed as, in chunks of the service's size. */
export function chunks(bytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes));
}

function noCalls(): Record<Service, Record<string, number>> {
  return { dynamodb: {}, sqs: {}, secretsManager: {}, apiGateway: {}, lambda: {} };
}
