// The entry of the package `signet-relay/client`, which partners and consumers import.

export type { Suspicion } from '../protocol/diagnosis/suspicions.ts';
export type { HttpRequest, SignedHeaders } from '../protocol/http-message.ts';
export type {
  AuthCheck,
  EventType,
  JobState,
  JobView,
  LinkSubmission,
  ProblemDocument,
  QuotaEvent,
  QuotaNotice,
  QuotaView,
  QuotaWindowView,
  ResultView,
  TimelineEvent,
} from '../protocol/messages.ts';
export type { PendingReason } from '../protocol/pending-reasons.ts';
export type { InboundProfileId, OutboundProfileId } from '../protocol/profiles/profiles.ts';
export { type RequestMoment, type RequestSigner, signRequest } from '../protocol/signatures/sign-request.ts';
export type { ClientPorts } from './client-ports.ts';
export {
  type DeliveryFault,
  type DeliveryHeaders,
  DeliveryRefused,
  type DeliveryToVerify,
  signTestDelivery,
  type TestDelivery,
  verifyDelivery,
} from './deliveries.ts';
export type { CompletedJob, EndedJob, UnfinishedJob } from './ended-job.ts';
export {
  type CallOptions,
  type JobPage,
  type ListFilter,
  type Refused,
  RelayClient,
  type RelayClientOptions,
  type Submitted,
  type WaitOptions,
} from './relay-client.ts';
export { RelayError, StillPending } from './relay-error.ts';
export type { LinkEvent, NoticeEvent, RelayEvent } from './relay-event.ts';
export { type Credentials, createSigner } from './signer.ts';
