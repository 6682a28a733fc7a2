// Serves the OpenAPI document. It is built at the first request and then kept.
import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import { describeApi } from './describe-api.ts';

let answer: RelayResponse | undefined;

/** Serves `GET /openapi.json`. */
export async function readOpenApi(): Promise<RelayResponse> {
  answer ??= jsonResponse(200, describeApi());
  return answer;
}
