import type { Operation } from '../../dialects/reply.ts';
import type { Resource } from '../resource.ts';
import { adminOperations, adminResources, adminShapes } from './admin/index.ts';
import { agentOperations, agentResources } from './agents/index.ts';
import { batches } from './batches.ts';
import { chatkitItems, chatkitSessions, chatkitThreads } from './chatkit.ts';
import { checkpointPermissions, createPermissions } from './checkpoint-permissions.ts';
import { containerFiles, containers } from './containers.ts';
import { DECISION_SHAPE, decide } from './decisions.ts';
import { evalOutputItems, evalRuns, evals } from './evals.ts';
import { files } from './files.ts';
import { fineTuningCheckpoints, fineTuningEvents, fineTuningJobs } from './fine-tuning.ts';
import { GRADER_RUN_SHAPE, graderOperations } from './graders.ts';
import { liveSessions } from './live.ts';
import { deleteModel } from './models.ts';
import { provenanceChecks } from './provenance.ts';
import { safetyAlerts, safetyCases } from './safety.ts';
import { skills, skillVersions } from './skills.ts';
import { uploadParts, uploads } from './uploads.ts';
import { vectorStoreFileBatches, vectorStoreFiles, vectorStores } from './vector-stores.ts';
import { videoCharacters, videoOperations, videos } from './videos.ts';
import { webhookEndpoints, webhookEventTypes } from './webhooks.ts';
import { voiceConsents, voices } from './voices.ts';

/** Everything that is made, listed, changed and deleted by the same few handlers. */
export const resources: readonly Resource[] = [
  files,
  uploads,
  uploadParts,
  batches,
  vectorStores,
  vectorStoreFiles,
  vectorStoreFileBatches,
  fineTuningJobs,
  fineTuningEvents,
  fineTuningCheckpoints,
  checkpointPermissions,
  evals,
  evalRuns,
  evalOutputItems,
  containers,
  containerFiles,
  skills,
  skillVersions,
  videos,
  videoCharacters,
  chatkitSessions,
  chatkitThreads,
  chatkitItems,
  voiceConsents,
  voices,
  provenanceChecks,
  webhookEndpoints,
  liveSessions,
  safetyAlerts,
  safetyCases,
  ...agentResources,
  ...adminResources,
];

/** What follows none of their patterns. */
export const otherOperations: readonly Operation[] = [
  ...graderOperations,
  createPermissions,
  ...videoOperations,
  deleteModel,
  webhookEventTypes,
  decide,
  ...agentOperations,
  ...adminOperations,
];

/** Types of the official package that shape answers, besides those of the resources. */
export const otherShapes: readonly string[] = [GRADER_RUN_SHAPE, DECISION_SHAPE, ...adminShapes];
