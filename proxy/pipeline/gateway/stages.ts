import { identifyService } from './identify-service.ts';
import { receiveGenerate } from './receive-generate.ts';
import { resolveGenerate } from './resolve-generate.ts';
import { respondGenerate } from './respond-generate.ts';

/** What the stages of `/api/v1/generate` do. They get it with the tools: without governance none of it is loaded. */
export const GATEWAY_STAGES = {
  identify: identifyService,
  receive: receiveGenerate,
  resolve: resolveGenerate,
  respond: respondGenerate,
};

export type GatewayStages = typeof GATEWAY_STAGES;
