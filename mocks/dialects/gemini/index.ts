import type { Operation } from '../reply.ts';
import { geminiBatchOperations } from './batches.ts';
import { cacheOperations } from './caches.ts';
import { countOperations } from './count.ts';
import { embeddingOperations } from './embeddings.ts';
import { geminiFileOperations } from './files.ts';
import { generateOperations } from './generate.ts';
import { geminiModelOperations } from './listing.ts';

/** Every operation of the Gemini API. */
export const geminiOperations: readonly Operation[] = [
  ...generateOperations,
  ...countOperations,
  ...embeddingOperations,
  ...geminiModelOperations,
  ...cacheOperations,
  ...geminiFileOperations,
  ...geminiBatchOperations,
];
