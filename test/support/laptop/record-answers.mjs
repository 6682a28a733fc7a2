// Preloaded into a laptop cloud: appends every answer of its API to a file.
import { appendFileSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import { isMainThread } from 'node:worker_threads';

const file = process.env.SIGNET_TEST_ANSWERS;
const { end } = ServerResponse.prototype;

if (file && isMainThread) {
  ServerResponse.prototype.end = function record(body, ...rest) {
    const headers = this.getHeaders();
    if (headers['apigw-requestid']) {
      const { method, url } = this.req;
      const answer = { method, url, status: this.statusCode, headers, text: String(body ?? '') };
      appendFileSync(file, `${JSON.stringify(answer)}\n`, { mode: 0o600 });
    }
    return end.call(this, body, ...rest);
  };
}
