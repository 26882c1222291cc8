import { credentialDigest } from '../providers/credential-digest.ts';
import type { ConversationStates } from '../responses-state/conversation-states.ts';
import type { ResponseStates } from '../responses-state/response-states.ts';
import type { BackgroundRuns } from './background-runs.ts';
import type { BackgroundRun } from './background-run.ts';
import type { RequestContext } from './context.ts';
import { ownerOf } from './principal.ts';

/** What the proxy keeps itself, because the endpoints of some model do not. */
export interface KeptTools {
  readonly responses: ResponseStates;
  readonly conversations: ConversationStates;
  readonly runs: BackgroundRuns;
}

/** What an exchange about kept responses has found out. */
export interface KeptState {
  /** The exchange makes this response in the background. */
  readonly run?: BackgroundRun;
  /** Gives the client its answer, which needs no endpoint. */
  readonly answer?: () => void | Promise<void>;
}

/**
 * Whose responses and conversations a caller sees: those of the owner that its virtual key stands for, else of the
 * credential that it brought. None is one, too.
 */
export function stateScope({ principal, head }: RequestContext): string {
  return ownerOf(principal) ?? `credential:${credentialDigest(head.headers)}`;
}
