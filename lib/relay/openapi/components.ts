// The named schemas of the OpenAPI document: those that the handlers check bodies with, and those of the answers.
import * as z from 'zod/mini';
import * as answers from '../model/answer-schemas.ts';
import * as bodies from '../model/schemas.ts';

/** The schemas by the names that readers and code generators see. */
const SCHEMAS = {
  LinkSubmission: bodies.linkSubmission,
  LinkBatch: bodies.batchOf(bodies.linkSubmission),
  LinkCancellation: bodies.linkCancellation,
  EnrollRequest: bodies.enrollRequest,
  PullRequest: bodies.pullRequest,
  Job: answers.jobView,
  Result: answers.resultView,
  LinkContext: answers.linkContextView,
  JobList: answers.jobList,
  BatchItem: answers.batchItem,
  BatchResponse: answers.batchResponse,
  TimelineEvent: answers.timelineEvent,
  TimelineResponse: answers.timelineResponse,
  QuotaWindow: answers.quotaWindow,
  Quota: answers.quotaView,
  AuthCheck: answers.authCheck,
  SawBytes: answers.sawBytes,
  ShownContent: answers.shownContent,
  Lease: answers.leaseView,
  LeasedJob: answers.leasedJob,
  PullResponse: answers.pullResponse,
  EnrollResponse: answers.enrollResponse,
  Health: answers.health,
  Problem: answers.problem,
} as const satisfies Record<string, z.ZodMiniType>;

export type SchemaName = keyof typeof SCHEMAS;

/** A JSON Schema (2020-12), or any other object of the document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns a reference to a named schema. */
export const schemaRef = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });

/** Returns the schemas by name. Request bodies allow no other fields; answers do, so that fields can be added later. */
export function describeSchemas(): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutIdentity(schema)]));
}

/** Returns the properties of an object schema, and the names of the required ones. */
export function describeProperties(schema: z.ZodMiniType): {
  properties: Record<string, JsonObject>;
  required: string[];
} {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' });
  return { properties: properties as Record<string, JsonObject>, required };
}

/** Removes `$schema` and `$id`: the document sets the dialect for all schemas, and a schema's place identifies it. */
function withoutIdentity({ $schema: _schema, $id: _id, ...schema }: JsonObject): JsonObject {
  return schema;
}
