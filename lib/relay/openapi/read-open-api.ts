// The description of the API, for programs that read it: made when the first caller asks, and kept.
import { jsonResponse, type RelayResponse } from '../model/http-response.ts';
import { describeApi } from './describe-api.ts';

let answer: RelayResponse | undefined;

/** Serves `GET /openapi.json`. */
export async function readOpenApi(): Promise<RelayResponse> {
  answer ??= jsonResponse(200, describeApi());
  return answer;
}
