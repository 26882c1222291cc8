import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { NamedFault } from '../../rules/faults/named.ts';
import type { Delivered } from '../../journal/record.ts';
import type { Clock } from '../clock.ts';
import type { FrameScene } from './frame-faults.ts';
import { FRAME_EFFECTS } from './frame-faults.ts';
import { shownFrame } from './shown-frame.ts';

/** Frames of one connection that the journal keeps. */
const KEPT_FRAMES = 1000;
const GOING_AWAY = 1001;

export interface ChannelParts {
  readonly socket: WebSocket;
  readonly raw: Socket;
  readonly clock: Clock;
  readonly delivered: Delivered;
}

export interface ChannelListener {
  receive(frame: string | Buffer): void;
  closed(): void;
}

interface Armed {
  readonly fault: NamedFault;
  left: number;
}

/** A WebSocket with its entry in the journal and the faults that it meets. */
export class Channel {
  readonly #parts: ChannelParts;
  #armed: Armed[] = [];
  #fragments: number | undefined;
  #muted = false;
  #ended = false;
  #onEnd: (() => void) | undefined;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    parts.delivered.frames = [];
  }

  listen(listener: ChannelListener): void {
    const { socket } = this.#parts;
    this.#onEnd = () => listener.closed();
    socket.on('message', (data: RawData, binary) => {
      const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
      this.#note('client', bytes.toString());
      if (!this.#muted) listener.receive(binary ? bytes : bytes.toString());
    });
    socket.on('ping', (data: Buffer) => {
      if (!this.#muted) socket.pong(data);
    });
    socket.on('close', (code, reason) => this.#closed(code, reason.toString(), 'client'));
    // The reason of an error is told by the close that follows it.
    socket.on('error', () => undefined);
  }

  send(text: string, tokens = 0): void {
    const { socket, delivered, clock } = this.#parts;
    if (this.#muted || socket.readyState !== socket.OPEN) return;
    delivered.firstByteAt ??= clock.now();
    delivered.bytesOut += Buffer.byteLength(text);
    delivered.eventsOut += 1;
    delivered.tokensOut += tokens;
    this.#note('server', text);
    if (this.#fragments === undefined) socket.send(text);
    else this.#sendInFragments(Buffer.from(text), this.#fragments);
    for (const armed of this.#armed) this.#count(armed);
  }

  /** The connection ends with this code, properly. */
  close(code: number, reason: string): void {
    this.#closed(code, reason, 'server');
    this.#parts.socket.close(code, reason);
  }

  /** The server stops. */
  end(): void {
    this.close(GOING_AWAY, '');
    this.#parts.socket.terminate();
  }

  /** The fault is met after so many frames from now on. */
  arm(fault: NamedFault): void {
    if (fault.name === 'ws-fragments') this.#fragments = Math.max(1, Number(fault.parameters['bytes']));
    else {
      const armed = { fault, left: Number(fault.parameters['after'] ?? 0) };
      if (armed.left === 0) this.#play(fault);
      else this.#armed.push(armed);
    }
  }

  /** Faults that were not met are not met any more. */
  disarm(fault: NamedFault): void {
    this.#armed = this.#armed.filter((armed) => armed.fault !== fault);
    if (fault.name === 'ws-fragments') this.#fragments = undefined;
  }

  #count(armed: Armed): void {
    armed.left -= 1;
    if (armed.left > 0) return;
    this.disarm(armed.fault);
    this.#play(armed.fault);
  }

  #play({ name, parameters }: NamedFault): void {
    const { socket, raw } = this.#parts;
    const scene: FrameScene = {
      socket,
      raw,
      mute: () => {
        this.#muted = true;
      },
      ending: (code, reason) => this.#closed(code, reason, 'server'),
    };
    if (Object.hasOwn(FRAME_EFFECTS, name)) FRAME_EFFECTS[name as keyof typeof FRAME_EFFECTS](parameters, scene, '');
  }

  #sendInFragments(bytes: Buffer, size: number): void {
    const { socket } = this.#parts;
    for (let at = 0; at < bytes.length; at += size) {
      const fin = at + size >= bytes.length;
      socket.send(bytes.subarray(at, at + size), { binary: false, fin });
      // One is enough: a client takes a row of pings for an attack.
      if (at === 0 && !fin) socket.ping();
    }
  }

  #note(from: 'client' | 'server', text: string): void {
    const { delivered, clock } = this.#parts;
    const frames = (delivered.frames ??= []);
    frames.push({ at: clock.now(), from, event: shownFrame(text) });
    if (frames.length > KEPT_FRAMES) frames.shift();
  }

  #closed(code: number, reason: string, by: 'client' | 'server'): void {
    if (this.#ended) return;
    this.#ended = true;
    const { delivered, clock } = this.#parts;
    delivered.closed = { code, reason, by };
    delivered.endedAt = clock.now();
    delivered.whole = true;
    this.#onEnd?.();
  }
}
