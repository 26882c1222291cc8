import { BYTES_ROWS } from './bytes-rows.ts';
import { HTTP_ROWS } from './http-rows.ts';
import type { FaultLayer, FaultRow, FaultTable } from './row.ts';
import { SOCKET_ROWS } from './socket-rows.ts';
import { STREAM_ROWS } from './stream-rows.ts';
import { WEBSOCKET_ROWS } from './websocket-rows.ts';

export type HttpFaultName = keyof typeof HTTP_ROWS;
export type StreamFaultName = keyof typeof STREAM_ROWS;
export type BytesFaultName = keyof typeof BYTES_ROWS;
export type SocketFaultName = keyof typeof SOCKET_ROWS;
export type WebSocketFaultName = keyof typeof WEBSOCKET_ROWS;
export type FaultName = HttpFaultName | StreamFaultName | BytesFaultName | SocketFaultName | WebSocketFaultName;

export interface CatalogueEntry extends FaultRow {
  readonly name: FaultName;
  readonly layer: FaultLayer;
}

function entries(layer: FaultLayer, table: FaultTable): readonly CatalogueEntry[] {
  return Object.entries(table).map(([name, row]) => ({ name: name as FaultName, layer, ...row }));
}

/** Every named fault: one row each, by layer. */
export const FAULT_CATALOGUE: readonly CatalogueEntry[] = [
  ...entries('http', HTTP_ROWS),
  ...entries('stream', STREAM_ROWS),
  ...entries('bytes', BYTES_ROWS),
  ...entries('socket', SOCKET_ROWS),
  ...entries('websocket', WEBSOCKET_ROWS),
];

export const FAULTS_BY_NAME: ReadonlyMap<string, CatalogueEntry> = new Map(
  FAULT_CATALOGUE.map((entry) => [entry.name, entry]),
);
