// Hostile requests: bodies for every POST route, and methods and paths that no route accepts.
import { gzipSync } from 'node:zlib';

export interface HostileBody {
  readonly what: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** True for a well-formed batch of invalid items, which is answered with 200. */
  readonly isBatch?: true;
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const sized = (bytes: number) => `{"rowId":"${'x'.repeat(bytes - 12)}"}`;
const inBatch = (item: string) => `{"jobs":[${Array.from({ length: 100 }, () => item).join(',')}]}`;
const typed = (type: string) => ({ what: `the media type ${type}`, body: '{}', headers: { 'content-type': type } });

const LIMIT_BYTES = 64 * 1024;
const BULK_LIMIT_BYTES = 1024 * 1024;

export const HOSTILE_BODIES: readonly HostileBody[] = [
  { what: '__proto__', body: '{"__proto__":{"idempotencyKey":"k","jobs":[]},"metadata":{"__proto__":1}}' },
  { what: 'constructor and prototype', body: '{"constructor":{"prototype":{"jobs":[]}},"toString":1}' },
  { what: '__proto__ in a batch', body: inBatch('{"__proto__":{}}'), isBatch: true },
  { what: 'repeated members', body: '{"rowId":"1","rowId":2,"jobId":"a","jobId":[],"jobs":1,"jobs":[{}]}' },
  { what: 'lone surrogates', body: String.raw`{"rowId":"\ud800","\udfff":"\udc00\ud800","jobs":["\ud800"]}` },
  { what: '100,000 nested arrays', body: nested(100_000) },
  { what: 'as many nested arrays as fit', body: nested(LIMIT_BYTES / 2) },
  { what: 'nested arrays that are not closed', body: '['.repeat(LIMIT_BYTES) },
  { what: 'nested objects that are not closed', body: '{"a":'.repeat(10_000) },
  { what: 'a batch of a hundred deep items', body: inBatch(`{"metadata":${nested(97)}}`), isBatch: true },
  { what: 'a batch of a hundred items that are too deep', body: inBatch(`{"metadata":${nested(5_000)}}`) },
  { what: 'a batch of a hundred nulls', body: inBatch('null'), isBatch: true },
  { what: 'a batch of 100,000', body: `{"jobs":[${'0,'.repeat(99_999)}0]}` },
  { what: 'a body of exactly the limit', body: sized(LIMIT_BYTES) },
  { what: 'a body of one byte over the limit', body: sized(LIMIT_BYTES + 1) },
  { what: 'a body of exactly the limit of batches', body: sized(BULK_LIMIT_BYTES) },
  { what: 'a body of one byte over the limit of batches', body: sized(BULK_LIMIT_BYTES + 1) },
  { what: '6,000 unknown fields', body: `{${Array.from({ length: 6_000 }, (_, at) => `"${at}":0`).join(',')}}` },
  { what: 'huge numbers', body: `{"rowId":1e999,"want":-1e400,"jobs":[${'9'.repeat(50_000)}]}` },
  { what: 'a number of many digits', body: `0.${'1'.repeat(60_000)}` },
  { what: 'a byte order mark', body: '\ufeff{"rowId":"1"}' },
  { what: 'NUL', body: '\0' },
  {
    what: 'NUL in texts',
    body: String.raw`{"rowId":"\u0000","idempotencyKey":"\u0000","jobId":"\u0000","token":"\u0000"}`,
  },
  { what: 'invalid UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]) },
  { what: 'truncated UTF-8', body: Buffer.from([0x22, 0xf0, 0x9f, 0x92, 0x22]) },
  { what: 'UTF-16', body: Buffer.from('{"rowId":"1"}', 'utf16le') },
  { what: 'an empty body', body: '' },
  { what: 'white space', body: ' \r\n\t' },
  ...['null', '0', '""', '[]', '{}', 'true', '{"jobs":{}}', '{"jobs":{"length":1}}', '{,}', 'NaN', "{'a':1}"].map(
    (body) => ({ what: body, body }),
  ),
  { what: 'XML with an external entity', body: '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>' },
  ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16'].map(
    typed,
  ),
  ...['application/octet-stream', 'application/json, text/html', 'application/json;', '', '*/*', '__proto__'].map(
    typed,
  ),
  { what: 'gzip', body: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } },
  { what: 'undeclared gzip', body: gzipSync('{}') },
  { what: 'an unknown encoding', body: '{}', headers: { 'content-encoding': 'br, constructor' } },
  { what: 'identity, twice', body: '{}', headers: { 'content-encoding': 'identity, identity' } },
];

/** Methods and paths that no route accepts, with the status of the answer. */
export const STRAY_REQUESTS: readonly (readonly [method: string, path: string, status: number])[] = [
  ['GET', '/', 404],
  ['POST', '/', 404],
  ['GET', '/api', 404],
  ['POST', '/api/links/fetch/', 404],
  ['POST', '/API/links/fetch', 404],
  ['POST', '/api//links/fetch', 404],
  ['GET', '/__proto__', 404],
  ['GET', '/constructor/prototype', 404],
  ['PUT', '/api/links/fetch', 405],
  ['GET', '/api/links/fetch/batch', 405],
  ['PATCH', '/api/links/cancel', 405],
  ['DELETE', '/api/links', 405],
  ['POST', '/api/quota', 405],
  ['GET', '/agent/pull', 405],
  ['DELETE', '/agent/enroll', 405],
  ['POST', '/healthz', 405],
  ['POST', '/openapi.json', 405],
  ['GET', '/api/links/__proto__', 401],
  ['GET', `/api/links/${'a'.repeat(8_000)}`, 401],
];
