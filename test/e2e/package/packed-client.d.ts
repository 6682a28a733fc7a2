// Types of the packed client. The package is not installed in this repository, so they come from its sources.
declare module 'signet-relay/client' {
  export const RelayClient: typeof import('../../../lib/client/index.ts').RelayClient;
  export const verifyDelivery: typeof import('../../../lib/client/index.ts').verifyDelivery;
}
