// In this repository the package is not installed: here its client is the sources that it is made of.
declare module 'signet-relay/client' {
  export const RelayClient: typeof import('../../../lib/client/index.ts').RelayClient;
  export const verifyDelivery: typeof import('../../../lib/client/index.ts').verifyDelivery;
}
