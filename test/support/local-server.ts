// Real HTTP, HTTPS and TCP servers on 127.0.0.1. The test that opens one closes it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A running server. Use it with `await using`. */
export interface LocalServer {
  readonly port: number;
  /** The URL of the server: `http://127.0.0.1:port` or `https://localhost:port`. */
  readonly origin: string;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** Starts an HTTP server on a free port. */
export async function serveHttp(listener: RequestListener, host = '127.0.0.1'): Promise<LocalServer> {
  return listen(createServer(listener), (port) => `http://127.0.0.1:${port}`, host);
}

/** Starts an HTTPS server on a free port. */
export async function serveHttps(listener: RequestListener, { key, cert }: Certificate): Promise<LocalServer> {
  return listen(createSecureServer({ key, cert }, listener), (port) => `https://localhost:${port}`);
}

/** Starts a TCP server on a free port, for answers that no HTTP server would give. */
export async function serveTcp(listener: (socket: Socket) => void): Promise<LocalServer> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    listener(socket);
  });
  return listen(server, (port) => `http://127.0.0.1:${port}`);
}

async function listen(server: TcpServer, origin: (port: number) => string, host = '127.0.0.1'): Promise<LocalServer> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      (server as Server).closeAllConnections?.();
      for (const socket of open) socket.destroy();
    });
  return { port, origin: origin(port), [Symbol.asyncDispose]: close };
}

/** A private key and its certificate, in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Makes a self-signed certificate for `localhost` and 127.0.0.1 with openssl. */
export function makeCertificate(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'signet-cert-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const certificate = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(directory, { recursive: true });
  return certificate;
}
