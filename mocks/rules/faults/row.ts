/** Where a fault sits: in the HTTP head or body, in the events of a stream, in the bytes that carry them, on the connection, in the frames of a WebSocket. */
export type FaultLayer = 'http' | 'stream' | 'bytes' | 'socket' | 'websocket';

/** Numbers are 0 or more; `most` bounds them. */
export interface FaultParameter {
  readonly default: number | string;
  readonly doc: string;
  readonly most?: number;
  /** In place of 0. */
  readonly least?: number;
}

/** One fault of the catalogue: plain data, from which the parser, the control API and the documentation are fed. */
export interface FaultRow {
  /** Which answers it can spoil; on others it is not played. */
  readonly answers: 'all' | 'json' | 'stream' | 'frames';
  /** The first one may be given without its name: `status-503`. */
  readonly parameters: Readonly<Record<string, FaultParameter>>;
  /** What the client sees. */
  readonly sees: string;
  /** What a robust client or proxy does about it. */
  readonly robust: string;
}

export type FaultTable = Readonly<Record<string, FaultRow>>;

type Parameters = FaultRow['parameters'];

export function anyAnswer(sees: string, robust: string, parameters: Parameters = {}): FaultRow {
  return { answers: 'all', sees, robust, parameters };
}

export function jsonAnswer(sees: string, robust: string, parameters: Parameters = {}): FaultRow {
  return { answers: 'json', sees, robust, parameters };
}

export function streamAnswer(sees: string, robust: string, parameters: Parameters = {}): FaultRow {
  return { answers: 'stream', sees, robust, parameters };
}

export function frames(sees: string, robust: string, parameters: Parameters = {}): FaultRow {
  return { answers: 'frames', sees, robust, parameters };
}

/** Events that come before it; a JSON body counts as one event. */
export function after(events: number): Parameters {
  return { after: { default: events, doc: 'events before it' } };
}

export function milliseconds(usual: number, doc: string): Parameters {
  return { ms: { default: usual, doc } };
}
