export { CassetteRefused, readCassette } from './cassette.ts';
export type { Cassette, CassetteHead, Recording } from './cassette.ts';
export { startRecorder } from './recorder.ts';
export type { Recorder, RecorderOptions } from './recorder.ts';
export type { ReplaySpeed } from './recorded-reply.ts';
export { CASSETTE_MISS, replayOperations } from './replay.ts';
export type { ReplayOptions } from './replay.ts';
