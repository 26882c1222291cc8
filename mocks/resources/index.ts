import { guarded } from '../dialects/index.ts';
import type { Operation } from '../dialects/reply.ts';
import { operationsOf } from './operations.ts';
import { otherOperations, resources } from './table/index.ts';

/** The operations of the table of resources. */
export const resourceOperations: readonly Operation[] = [...resources.flatMap(operationsOf), ...otherOperations].map(
  guarded,
);
