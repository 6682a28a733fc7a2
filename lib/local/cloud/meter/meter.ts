// Counts what AWS would bill: requests per service and operation, and DynamoDB's read and write units.

export const SERVICES = ['dynamodb', 'sqs', 'secretsManager', 'apiGateway', 'lambda'] as const;
export type Service = (typeof SERVICES)[number];

/** Plain JSON. */
export interface MeterReading {
  /** Billed requests. A payload larger than the service's chunk counts as several; empty receives are left out. */
  readonly calls: Readonly<Record<Service, Readonly<Record<string, number>>>>;
  /** SQS receives that found nothing: billed too, but they are the price of waiting and not of any job. */
  readonly emptyReceives: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

export interface Meter {
  snapshot(): MeterReading;
}

/** The side of the meter that the emulators write to. */
export interface MeterIntake extends Meter {
  countCall(service: Service, operation: string, requests?: number): void;
  countEmptyReceive(): void;
  countUnits(units: { readonly read?: number; readonly write?: number }): void;
}

export function createMeter(): MeterIntake {
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

/** What was used between two readings. Operations that were not called in between are left out. */
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

/** All billed requests of all services, empty receives left out. */
export function billableOperations(reading: MeterReading): number {
  return SERVICES.flatMap((service) => Object.values(reading.calls[service])).reduce((sum, count) => sum + count, 0);
}

/** How many requests a payload is billed as, in chunks of a service's size. */
export function chunks(bytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(bytes / chunkBytes));
}

function noCalls(): Record<Service, Record<string, number>> {
  return { dynamodb: {}, sqs: {}, secretsManager: {}, apiGateway: {}, lambda: {} };
}
