import { credentialsOf } from './auto-credentials.ts';
import { batchApi, bookBeforeDelete, noteBatches } from './batches.ts';
import { chooseKeys } from './credential-choice.ts';
import { modelNamed } from './default-model.ts';
import { identifyKey, openAccount } from './identify-key.ts';
import { reserveLimits } from './limits-gate.ts';
import { assertRoute, permittedModel } from './permitted-model.ts';
import { isOffered } from './plan-gate.ts';
import { payerOfSecret, rememberPayer } from './session-secret.ts';
import { sessionMeter } from './session.ts';

/** What the stages do where governance is on. They get it with the tools: without governance none of it is loaded. */
export const GOVERNED_STAGES = {
  identifyKey,
  openAccount,
  reserveLimits,
  permittedModel,
  chooseKeys,
  credentialsOf,
  modelNamed,
  isPermitted: isOffered,
  assertRoute,
  sessionMeter,
  payerOfSecret,
  rememberPayer,
  batchApi,
  noteBatches,
  bookBeforeDelete,
};

export type GovernedStages = typeof GOVERNED_STAGES;
