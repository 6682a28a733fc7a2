// What an operator's tools need from the world, whoever they are: the command line, the demo, a test.
import type {
  AccountRegister,
  Clock,
  Directory,
  EndpointRegister,
  KeyRegister,
  KeyRings,
  Registry,
  SecretClaims,
} from '../ports.ts';

export interface ProvisioningPorts {
  readonly registry: Registry;
  readonly directory: Directory;
  readonly accounts: AccountRegister;
  readonly keys: KeyRegister;
  readonly endpoints: EndpointRegister;
  readonly claims: SecretClaims;
  readonly inboundRing: KeyRings;
  readonly outboundRing: KeyRings;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}
