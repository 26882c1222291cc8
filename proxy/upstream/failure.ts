import type { UpstreamFailure } from './types.ts';

/** What undici and the socket know of an error. */
interface TransportError extends Error {
  readonly code?: string;
  /** Bytes that the socket had received before it broke. */
  readonly bytesRead?: number;
  readonly socket?: { readonly bytesRead?: number };
}

const BY_CODE: Readonly<Record<string, UpstreamFailure['kind']>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout_connect',
  UND_ERR_HEADERS_TIMEOUT: 'timeout_first_byte',
  UND_ERR_BODY_TIMEOUT: 'timeout_idle',
};

/**
 * Names a transport error. Before the answer's head a socket that had carried an earlier answer means a kept-alive
 * connection that the endpoint closed in the same moment (RFC 9112 section 9.3.1): safe to send again, and no fault of the endpoint.
 */
export function classifyFailure(error: Error, answered: boolean): UpstreamFailure {
  const { code, bytesRead, socket } = error as TransportError;
  const reason = code ?? error.message;
  const timeout = code === undefined ? undefined : BY_CODE[code];
  if (timeout) return { kind: timeout, reason };
  if (answered) return { kind: 'cut', reason };
  const read = socket?.bytesRead ?? bytesRead ?? 0;
  const closed = code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
  return { kind: closed && read > 0 ? 'dead_connection' : 'refused', reason };
}
