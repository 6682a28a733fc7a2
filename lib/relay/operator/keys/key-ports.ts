// The ports of operators' commands on partners' keys.
import type { Clock, Directory, ImportedSecretStore, KeyRingKeeper } from '../../model/ports.ts';
import type { KeyRegister, SecretClaims } from '../operator-ports.ts';

export interface KeyToolPorts {
  readonly keys: KeyRegister;
  readonly claims: SecretClaims;
  readonly directory: Pick<Directory, 'findAccount'>;
  readonly inboundRing: KeyRingKeeper;
  readonly importedSecrets: ImportedSecretStore;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Buffer;
}
