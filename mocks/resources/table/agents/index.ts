import type { Operation } from '../../../dialects/reply.ts';
import type { Resource } from '../../resource.ts';
import { agents } from './agents.ts';
import { automationInvocations, automations } from './automations.ts';
import { environmentFiles, environments, environmentTemplates } from './environments.ts';
import { sessionOperations, sessionResources } from './sessions.ts';
import { credentials, vaults } from './vaults.ts';

/** Agents that the provider runs, and what they work with. */
export const agentResources: readonly Resource[] = [
  agents,
  automations,
  automationInvocations,
  environments,
  environmentFiles,
  environmentTemplates,
  ...sessionResources,
  vaults,
  credentials,
];

export const agentOperations: readonly Operation[] = sessionOperations;
