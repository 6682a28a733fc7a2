// The credentials of emulators that tests start one by one. A laptop cloud makes its own, and has them as `credentials`.
import type { Credentials } from '../../../lib/local/cloud/base/credentials.ts';

/** What those emulators are started with, and what their clients sign with. */
export const TEST_CREDENTIALS: Credentials = { accessKeyId: 'LAPTOPTEST0123456789', secretAccessKey: 'x'.repeat(40) };
