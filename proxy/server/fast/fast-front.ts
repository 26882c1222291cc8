import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Admitted, Front } from '../front.ts';
import type { BodySource, Responder } from '../../wire/http.ts';
import type { ReadHead } from '../arrival.ts';
import { AnswerHeads } from './answer-head.ts';
import { FastConnection } from './connection.ts';

const LOOK_MS = 1_000;
const CONNECTION = 'connection';

export interface FastFrontOptions {
  readonly front: Front;
  /** Seconds that a connection may be idle, as clients are told. */
  readonly keepAliveSeconds: number;
  /** A request is answered from now on. */
  readonly began: () => void;
  /** Its answer is over, whole or not. */
  readonly ended: () => void;
}

/**
 * Stands before `node:http` on the same port: takes each connection first, answers plain requests for operations, and hands the
 * connection over, with all bytes, at the first request that is anything else.
 */
export class FastFront {
  readonly heads: AnswerHeads;
  /** Seconds after which an idle connection is closed: one later than clients are told, as `node:http` does. */
  readonly idleSeconds: number;
  readonly began: () => void;
  readonly ended: () => void;
  readonly #front: Front;
  readonly #server: Server;
  /** What `node:http` does with a connection. */
  readonly #listeners: readonly ((socket: Socket) => void)[];
  readonly #connections = new Set<FastConnection>();

  /** The server must not listen yet. */
  constructor(server: Server, { front, keepAliveSeconds, began, ended }: FastFrontOptions) {
    this.#front = front;
    this.#server = server;
    this.heads = new AnswerHeads(keepAliveSeconds);
    this.idleSeconds = keepAliveSeconds + 1;
    this.began = began;
    this.ended = ended;
    this.#listeners = server.listeners(CONNECTION) as ((socket: Socket) => void)[];
    if (this.#listeners.length === 0) throw new Error('node:http does not listen to connections as it used to');
  }

  /** From now on it gets the connections first. */
  start(): void {
    const server = this.#server;
    server.removeAllListeners(CONNECTION);
    server.on(CONNECTION, (socket: Socket) => this.#connections.add(new FastConnection(socket, this)));
    const timer = setInterval(() => this.#look(), LOOK_MS).unref();
    server.once('close', () => clearInterval(timer));
  }

  admit(head: ReadHead): Admitted | undefined {
    return this.#front.admit(head);
  }

  stillAdmits(admitted: Admitted, bodyBytes: number): boolean {
    return this.#front.stillAdmits(admitted, bodyBytes);
  }

  run(admitted: Admitted, source: BodySource, responder: Responder): void {
    this.#front.run(admitted, source, responder);
  }

  forget(connection: FastConnection): void {
    this.#connections.delete(connection);
  }

  /** Gives a connection to `node:http`, which reads it from here on. */
  handOver(socket: Socket): void {
    for (const listener of this.#listeners) listener.call(this.#server, socket);
  }

  #look(): void {
    for (const connection of this.#connections) connection.look();
  }
}
