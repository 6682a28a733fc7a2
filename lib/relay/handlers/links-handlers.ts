// Binds the routes of the links function to their handlers. The function and the tests both use this table.
import { submitBatch } from '../admission/admit-batch.ts';
import { submitLink } from '../admission/admit-job.ts';
import { readQuota } from '../admission/read-quota.ts';
import { checkAuth } from '../http/check-auth.ts';
import { readHealth } from '../http/health.ts';
import type { Handlers } from '../http/request-pipeline.ts';
import { cancelLink, deleteLink } from '../jobs/cancel-link.ts';
import { listLinks } from '../jobs/list-links.ts';
import { readEvidence, readLink } from '../jobs/read-link.ts';
import { readTimeline } from '../jobs/read-timeline.ts';
import { readOpenApi } from '../openapi/read-open-api.ts';

/** The ports that the handlers of the partner routes need. */
export type LinksPorts = Parameters<typeof submitLink>[0] &
  Parameters<typeof cancelLink>[0] &
  Parameters<typeof listLinks>[0] &
  Parameters<typeof readLink>[0] &
  Parameters<typeof readEvidence>[0] &
  Parameters<typeof readTimeline>[0] &
  Parameters<typeof readQuota>[0];

/** Returns the handlers of the partner and public routes. They read `ports` at every call, so tests may replace a port. */
export function linksHandlers(ports: LinksPorts): Handlers {
  return {
    submitLink: { audience: 'partner', handle: (call) => submitLink(ports, call) },
    submitBatch: { audience: 'partner', handle: (call) => submitBatch(ports, call) },
    cancelLink: { audience: 'partner', handle: (call) => cancelLink(ports, call) },
    deleteLink: { audience: 'partner', handle: (call) => deleteLink(ports, call) },
    listLinks: { audience: 'partner', handle: (call) => listLinks(ports, call) },
    getLink: { audience: 'partner', handle: (call) => readLink(ports, call) },
    getEvidence: { audience: 'partner', handle: (call) => readEvidence(ports, call) },
    getTimeline: { audience: 'partner', handle: (call) => readTimeline(ports, call) },
    checkAuth: { audience: 'partner', handle: checkAuth },
    getQuota: { audience: 'partner', handle: (call) => readQuota(ports, call) },
    openApi: { audience: 'anyone', handle: ({ request }) => readOpenApi(request.headers['if-none-match']) },
    health: { audience: 'anyone', handle: readHealth },
  };
}
