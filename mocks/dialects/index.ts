import type { Operation } from './reply.ts';

/** Every operation the server answers; the order does not matter. */
export const operations: readonly Operation[] = [];
