import type { Secret } from '../../core/secret.ts';
import type { GatewayDirectory } from '../../governance/gateway/types.ts';
import type { UserLookup } from '../../governance/lookup.ts';
import type { ModelRuntime } from '../runtime.ts';
import type { GatewayStages } from './stages.ts';

export type GatewayDialect = 'openai' | 'anthropic' | 'gemini';

/** What `/api/v1/generate` asks at a provider. */
export interface GatewayModel {
  readonly dialect: GatewayDialect;
  /** One endpoint, which takes every model name. */
  readonly model: ModelRuntime;
  /** Tokens of a call count against the limit of the provider. */
  readonly spent: (tokens: number) => void;
}

/** What the stages of `/api/v1/generate` need. One snapshot a configuration. */
export interface GatewayTools {
  readonly stages: GatewayStages;
  readonly serviceKey: Secret;
  readonly defaultProvider: string;
  readonly defaultModel: string;
  readonly promptPreview: boolean;
  readonly directory: Pick<GatewayDirectory, 'override'>;
  /** By external id, then by id. */
  user(name: string): UserLookup;
  /** The stored provider of that name, else the configured one; a sentence where it cannot be used. */
  provider(name: string): GatewayModel | string;
}

/** Body of `POST /api/v1/generate`, with everything filled in. */
export interface GenerateRequest {
  readonly user_id: string;
  readonly service: string;
  readonly prompt: string;
  readonly task_type: string;
  readonly system: string;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly json_mode: boolean;
}

/** What a request of a service is about, from `receive` on. */
export interface GatewayState {
  readonly asked: GenerateRequest;
  /** The beginning of the prompt for the ledger, where the configuration wants it. */
  readonly preview?: string;
  /** As services call it; undefined before `resolve`. */
  provider?: string;
}
