// All subjects: a signed message for each profile and algorithm, with its mutants.

import type { Subject } from '../mutant.ts';
import { daylightSubject, vouchersxSubject } from './combined-form.ts';
import { linkPeelerSubject } from './link-peeler-subject.ts';
import { standardWebhooksSubject } from './list-form.ts';
import { SIGNERS } from './message-signature.ts';
import { nitroSubject } from './nitro-subject.ts';
import { rfc9421Subject } from './rfc9421-subject.ts';
import { tolinkuSubject } from './tolinku-subject.ts';

/** Returns all subjects, signed at `nowMs`. Libraries that read the machine's clock need the current time. */
export function makeSubjects(nowMs: number): readonly Subject[] {
  return [
    ...SIGNERS.map((signer) => rfc9421Subject(signer, nowMs)),
    linkPeelerSubject(nowMs),
    vouchersxSubject(nowMs),
    daylightSubject(nowMs),
    nitroSubject(nowMs),
    tolinkuSubject(nowMs),
    standardWebhooksSubject(nowMs),
  ];
}
