import { clientOrigin } from './client-origin.ts';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isCallers } from '../core/credential.ts';
import type { Outcome } from '../core/outcome.ts';
import { madeBy, type RefusedAnswer } from '../generation/answer.ts';
import type { CandidateLease } from '../generation/candidates.ts';
import { type FailedAttempt, failedAttempt, failureAfter } from '../generation/failure.ts';
import { opaqueAnswerHeaders } from '../generation/opaque-headers.ts';
import { readSubprotocols } from '../generation/own-headers.ts';
import type { Transport, TransportEnd, TransportJob } from '../pipeline/transport.ts';
import { providerOf } from '../providers/table.ts';
import { relayedAnswerHeaders } from '../upstream/headers.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamRequest } from '../upstream/types.ts';
import { SessionWatch } from './session-watch.ts';
import { Splice } from './splice.ts';

/** Bytes of a refusal that are kept, and bytes that a client may send before its tunnel is open. */
const REFUSAL_LIMIT = 256 * 1024;
const EARLY_LIMIT = 64 * 1024;
/** A peer that is gone without a word is noticed after this time, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;
const SWITCHING_PROTOCOLS = 101;

/** Request headers of the handshake (RFC 6455 section 4.1); undici writes `connection` and `upgrade`. */
const EXTENSIONS = 'sec-websocket-extensions';
const HANDSHAKE_HEADERS = ['sec-websocket-key', 'sec-websocket-version', EXTENSIONS] as const;

type Handshake =
  | { readonly kind: 'open'; readonly headers: IncomingHttpHeaders; readonly socket: Duplex }
  | { readonly kind: 'refused'; readonly outcome: Outcome; readonly answer?: RefusedAnswer };

/** All upgrades of a listener. */
export class Tunnels {
  readonly #open = new Set<Splice>();
  #draining = false;

  /** The way of one upgrade; `head` is what the client has sent behind its request. */
  transport(request: IncomingMessage, socket: Socket, head: Buffer): Transport {
    return {
      kind: 'upgrade',
      origin: () => clientOrigin(request),
      run: (job) => new Tunnel(request, socket, head, job, (splice) => this.#admit(splice)).run(),
    };
  }

  /** Ends every tunnel, and those that open from now on. Resolves when all connections are closed. */
  async drain(): Promise<void> {
    this.#draining = true;
    for (const splice of this.#open) splice.drain();
    while (this.#open.size > 0) await Promise.all([...this.#open].map(({ closed }) => closed));
  }

  #admit(splice: Splice): void {
    this.#open.add(splice);
    void splice.closed.then(() => this.#open.delete(splice));
    if (this.#draining) splice.drain();
  }
}

/** One upgrade: endpoint after endpoint is asked until one changes the protocol. */
class Tunnel {
  readonly #request: IncomingMessage;
  readonly #client: Socket;
  readonly #job: TransportJob;
  readonly #onOpen: (splice: Splice) => void;
  /** Subprotocols without the caller's key, which is for the proxy alone. */
  readonly #offered: string | undefined;
  #early: Buffer[];
  #call: UpstreamCall | undefined;
  #attempts = 0;
  #left = false;

  constructor(
    request: IncomingMessage,
    client: Socket,
    head: Buffer,
    job: TransportJob,
    onOpen: (splice: Splice) => void,
  ) {
    this.#request = request;
    this.#client = client;
    this.#job = job;
    this.#onOpen = onOpen;
    this.#offered = readSubprotocols(request.headers['sec-websocket-protocol']).offered;
    this.#early = head.length > 0 ? [head] : [];
  }

  async run(): Promise<TransportEnd> {
    const { candidates, tools } = this.#job;
    const stopWaiting = this.#waitWithClient();
    await candidates.prepare();
    let last: FailedAttempt | undefined;
    for (let next = candidates.next(); next && !this.#left; next = candidates.next()) {
      this.#attempts += 1;
      const { endpoint } = next.lease;
      const handshake = await this.#ask(next);
      if (handshake.kind === 'open') {
        stopWaiting();
        return this.#join(next, handshake);
      }
      const { outcome, answer } = handshake;
      next.lease.release(outcome);
      tools.telemetry.attempt(endpoint.id, outcome);
      if (answer || !last?.answer) last = failedAttempt(outcome, endpoint, answer);
      if (!candidates.mayGoOn(outcome, endpoint)) break;
    }
    if (this.#left) return { kind: 'answered', status: 0, endpoint: last?.endpoint, attempts: this.#attempts };
    if (last) return { kind: 'failed', failure: failureAfter(last, candidates, this.#attempts) };
    return { kind: 'failed', failure: { kind: 'error', error: candidates.unavailable(), attempts: 0 } };
  }

  /** Until the tunnel is open the client's bytes are kept, so that its leaving is noticed. */
  #waitWithClient(): () => void {
    const client = this.#client;
    let bytes = 0;
    const keep = (piece: Buffer): void => {
      bytes += piece.length;
      this.#early.push(piece);
      if (bytes > EARLY_LIMIT) client.pause();
    };
    const leave = (): void => {
      this.#left = true;
      this.#call?.abort();
    };
    client.on('data', keep).once('end', leave).once('close', leave);
    return () => {
      client.off('data', keep).off('end', leave).off('close', leave).pause();
    };
  }

  #ask({ lease, timeouts }: CandidateLease): Promise<Handshake> {
    const { tools, callersCredential } = this.#job;
    const { endpoint } = lease;
    return new Promise((resolve) => {
      let status = 0;
      let headers: IncomingHttpHeaders = {};
      const body: Buffer[] = [];
      let bytes = 0;
      const refuse = (): void => {
        const answer: RefusedAnswer = { status, headers: relayedAnswerHeaders(headers), body: Buffer.concat(body) };
        const outcome = providerOf(endpoint).classify({
          ...answer,
          headers,
          callersCredential: callersCredential || isCallers(endpoint.credential),
          now: tools.clock.now(),
        });
        if (status < 400) resolve({ kind: 'refused', outcome: notSwitched(status) });
        else resolve({ kind: 'refused', outcome, answer });
      };
      this.#call = tools.upstream.send(this.#upstreamRequest(lease.endpoint, timeouts), {
        onHead: (code, named) => {
          status = code;
          headers = named;
        },
        onData: (piece) => {
          bytes += piece.length;
          if (bytes <= REFUSAL_LIMIT) body.push(piece);
          else this.#call?.abort();
        },
        onEnd: refuse,
        onFailure: (failure) => (status > 0 ? refuse() : resolve({ kind: 'refused', outcome: outcomeOf(failure) })),
        onUpgrade: (named, socket) => resolve({ kind: 'open', headers: named, socket }),
      });
    });
  }

  #upstreamRequest(
    endpoint: CandidateLease['lease']['endpoint'],
    timeouts: CandidateLease['timeouts'],
  ): UpstreamRequest {
    const request = this.#job.request(endpoint, timeouts);
    const headers = [...request.headers];
    for (const name of HANDSHAKE_HEADERS) {
      // Where frames are read none may be compressed.
      if (name === EXTENSIONS && this.#job.meter) continue;
      const value = this.#request.headers[name];
      if (typeof value === 'string') headers.push(name, value);
    }
    if (this.#offered !== undefined) headers.push('sec-websocket-protocol', this.#offered);
    return { ...request, headers, upgrade: 'websocket' };
  }

  async #join({ lease }: CandidateLease, { headers, socket }: Handshake & { kind: 'open' }): Promise<TransportEnd> {
    const { tools, meter } = this.#job;
    const { endpoint } = lease;
    // A session lasts as long as an hour: other requests must not wait for its end to hear that the endpoint is well.
    if (lease.probe) lease.release({ kind: 'ok', status: SWITCHING_PROTOCOLS });
    const client = this.#client;
    if (client.destroyed) this.#left = true;
    else client.write(this.#switched(headers, endpoint));
    client.setKeepAlive(true, KEEP_ALIVE_MS);
    const early = Buffer.concat(this.#early);
    this.#early = [];
    if (early.length > 0) client.unshift(early);
    const watch =
      meter &&
      new SessionWatch({
        meter,
        endpoint,
        clock: tools.clock,
        stop: (reason) => splice.refuse(reason),
        fault: (error) => tools.telemetry.fault('a session was not read', this.#job.id, error),
      });
    const splice = new Splice(client, socket, watch?.frames);
    this.#onOpen(splice);
    const by = await splice.ended;
    watch?.end();
    const cut = by === 'endpoint' && !splice.closedByEndpoint;
    const outcome: Outcome = cut
      ? { kind: 'cut', reason: 'the endpoint closed the connection without a close frame' }
      : { kind: 'ok', status: SWITCHING_PROTOCOLS };
    lease.release(outcome);
    tools.telemetry.attempt(endpoint.id, outcome);
    const end = { kind: 'answered', ...madeBy(endpoint), attempts: this.#attempts } as const;
    return { ...end, status: this.#left ? 0 : SWITCHING_PROTOCOLS, broken: cut };
  }

  /** The head of the answer that opens the tunnel. */
  #switched(headers: IncomingHttpHeaders, endpoint: CandidateLease['lease']['endpoint']): string {
    const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket'];
    const relayed = opaqueAnswerHeaders(headers, endpoint).filter(([name]) => name !== 'upgrade');
    for (const [name, value] of relayed) lines.push(`${name}: ${value}`);
    // A browser gives a connection up whose server answers none of the protocols that it offered.
    const [first] = this.#offered?.split(',') ?? [];
    if (first !== undefined && headers['sec-websocket-protocol'] === undefined) {
      lines.push(`sec-websocket-protocol: ${first}`);
    }
    const labels = this.#job.labels(endpoint);
    for (let at = 0; at + 1 < labels.length; at += 2) lines.push(`${labels[at]}: ${labels[at + 1]}`);
    return `${lines.join('\r\n')}\r\n\r\n`;
  }
}

function notSwitched(status: number): Outcome {
  return { kind: 'bad_answer', status, reason: `answered an upgrade with status ${status}` };
}

function outcomeOf({ kind, reason }: UpstreamFailure): Outcome {
  return { kind: kind === 'cut' ? 'bad_answer' : kind, reason };
}
