// The liveness check for load balancers and people. It shows that this function answers, and calls no other service.

import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import type { PlainCall } from './request-pipeline.ts';

/** Serves `GET /healthz`. */
export async function readHealth(call: PlainCall): Promise<RelayResponse> {
  return jsonResponse(200, { status: 'ok', serverTime: new Date(call.nowMs).toISOString() });
}
