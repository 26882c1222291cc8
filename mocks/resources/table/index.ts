import type { Resource } from '../resource.ts';
import { batches } from './batches.ts';
import { containerFiles, containers } from './containers.ts';
import { files } from './files.ts';
import { uploadParts, uploads } from './uploads.ts';

/** Everything that is made, listed, changed and deleted by the same few handlers. */
export const resources: readonly Resource[] = [files, uploads, uploadParts, batches, containers, containerFiles];
