// Counts what AWS would bill: requests per service and operation, and DynamoDB's read and write units.

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
}

/** Returns a meter at zero. */
export function createMeter(): WritableMeter {
  const calls = noCalls();
  const totals = { emptyReceives: 0, writeUnits: 0, readUnits: 0 };
  return {
    snapshot: () => structuredClone({ calls, ...totals }),
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
  };
}

/** Returns what was used between two readings. Operations that were not called in between are left out. */
export function difference(later: MeterReading, earlier: MeterReading): MeterReading {
  const calls = noCalls();
  for (const service of SERVICES) {
    for (const [operation, count] of Object.entries(later.calls[service])) {
      const between = count - (earlier.calls[service][operation] ?? 0);
      if (between !== 0) calls[service][operation] = between;
    }
  }
  return {
    calls,
    emptyReceives: later.emptyReceives - earlier.emptyReceives,
    writeUnits: later.writeUnits - earlier.writeUnits,
    readUnits: later.readUnits - earlier.readUnits,
  };
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
