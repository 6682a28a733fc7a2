// The contracts of all ports, checked for the in-memory implementations that the relay's tests use.
import { describe } from 'vitest';
import type { Delivery } from '../../lib/relay/model/records.ts';
import { createInMemoryImportedSecrets } from '../support/in-memory/imported-secrets.ts';
import { createInMemoryJobs } from '../support/in-memory/jobs.ts';
import { createInMemoryKeyRings } from '../support/in-memory/key-rings.ts';
import { createInMemoryDeliveryQueue, createInMemoryJobQueues } from '../support/in-memory/queues.ts';
import {
  createInMemoryDeliveryLog,
  createInMemoryDueWork,
  createInMemoryEmptyQueues,
  createInMemoryEvidence,
  createInMemoryOneTimeValues,
  createInMemoryQuota,
} from '../support/in-memory/stores.ts';
import { createInMemoryTenants } from '../support/in-memory/tenants.ts';
import { NOW } from '../support/relay/samples.ts';
import { describeDeliveryLogContract } from './ports/delivery-log-contract.ts';
import { describeDeliveryQueueContract } from './ports/delivery-queue-contract.ts';
import { describeDirectoryContract } from './ports/directory-contract.ts';
import { describeDueWorkContract } from './ports/due-work-contract.ts';
import { describeEmptyQueuesContract } from './ports/empty-queues-contract.ts';
import { describeEnrollmentContract } from './ports/enrollment-contract.ts';
import { describeEvidenceStoreContract } from './ports/evidence-store-contract.ts';
import { describeImportedSecretsContract } from './ports/imported-secrets-contract.ts';
import { describeJobHistoryContract } from './ports/job-history-contract.ts';
import { describeJobQueuesContract } from './ports/job-queues-contract.ts';
import { describeJobStoreContract } from './ports/job-store-contract.ts';
import { describeKeyRingsContract } from './ports/key-rings-contract.ts';
import { describeKeysContract } from './ports/keys-contract.ts';
import { describeOneTimeValuesContract } from './ports/one-time-values-contract.ts';
import { describePresenceContract } from './ports/presence-contract.ts';
import { describeQueueInventoryContract } from './ports/queue-inventory-contract.ts';
import { describeQuotaLedgerContract } from './ports/quota-ledger-contract.ts';
import { describeRegistersContract } from './ports/registers-contract.ts';
import { describeSecretClaimsContract } from './ports/secret-claims-contract.ts';

function tickingClock() {
  let nowMs = NOW;
  return {
    clock: () => nowMs,
    passTime: async () => {
      nowMs += 100;
    },
  };
}

function makeTenants() {
  const tenants = createInMemoryTenants(createInMemoryJobQueues(() => NOW));
  return {
    registry: tenants,
    keys: tenants.keys,
    keyUses: tenants.keyUses,
    enrollment: tenants,
    presence: tenants,
    instances: tenants,
    accounts: tenants.accounts,
    endpoints: tenants.endpoints,
    agents: tenants.agents,
    freshDirectory: () => tenants,
    setAgentState: async (...change: Parameters<typeof tenants.setAgentState>) => tenants.setAgentState(...change),
  };
}

describe('jobs', () => describeJobStoreContract(createInMemoryJobs));
describe('one-time values', () => describeOneTimeValuesContract(createInMemoryOneTimeValues));
describe('the quota ledger', () =>
  describeQuotaLedgerContract(() => {
    const ledger = createInMemoryQuota();
    return [ledger, ledger];
  }));
describe('evidence', () => describeEvidenceStoreContract(createInMemoryEvidence));
describe('the delivery log', () => describeDeliveryLogContract(createInMemoryDeliveryLog));
describe('the directory', () => describeDirectoryContract(makeTenants));
describe('enrolment', () => describeEnrollmentContract(makeTenants));
describe('keys', () => describeKeysContract(makeTenants));
describe('presence', () => describePresenceContract(makeTenants));
describe('registers of', () => describeRegistersContract(makeTenants));

describe('the queue inventory', () =>
  describeQueueInventoryContract(() => {
    const queues = createInMemoryJobQueues(() => NOW);
    return { queues, inventory: queues.inventory, createQueue: queues.createQueue };
  }));

describe('claims of secrets', () => describeSecretClaimsContract(() => makeTenants().registry.claims));
describe('imported secrets', () => {
  const store = createInMemoryImportedSecrets();
  describeImportedSecretsContract(() => store);
});

describe('due work', () =>
  describeDueWorkContract(() => {
    const [jobs, log] = [createInMemoryJobs(), createInMemoryDeliveryLog()];
    return { jobs, log, due: createInMemoryDueWork(jobs, log) };
  }));

describe('the memory of empty queues', () => describeEmptyQueuesContract(() => createInMemoryEmptyQueues()));

describe('job history', () =>
  describeJobHistoryContract(() => {
    const jobs = createInMemoryJobs();
    return { jobs, history: jobs };
  }));

describe('job queues', () =>
  describeJobQueuesContract(() => {
    const { clock, passTime } = tickingClock();
    const queues = createInMemoryJobQueues(clock);
    return {
      queues,
      createQueue: queues.createQueue,
      sendForeign: async (pool) => {
        queues.sendForeign(pool);
      },
      passTime,
    };
  }));

describe('the delivery queue', () =>
  describeDeliveryQueueContract(async () => {
    const { clock, passTime } = tickingClock();
    const deliveries = createInMemoryDeliveryQueue();
    const received = new Set<Delivery>();
    const receive = async () => {
      const isReady = ({ delaySeconds }: { delaySeconds: number }) => clock() >= NOW + delaySeconds * 1000;
      const next = deliveries.sent.find((sent) => !received.has(sent.delivery) && isReady(sent))?.delivery;
      if (next) received.add(next);
      return next;
    };
    return { deliveries, receive, passTime };
  }));

describe('key rings', () =>
  describeKeyRingsContract(async (text) => {
    const rings = createInMemoryKeyRings(text);
    return {
      rings,
      store: async (newText) => rings.store(newText),
      fail: async () => rings.fail(),
      passCacheTime() {},
    };
  }));
