import { Router } from 'express';

import { type Explanation, explanationOf } from '../../auto/explanation.ts';
import { ProxyError } from '../../core/errors.ts';
import { AUTO } from '../../pipeline/auto/auto-name.ts';
import { type CredentialOf, systemCredential } from '../../pipeline/auto/candidates.ts';
import type { ReadPick } from '../../pipeline/auto/decide.ts';
import { modelOfResponse } from '../../pipeline/auto/pinned.ts';
import { assertTrial } from '../../pipeline/governed/identify-key.ts';
import { previousResponseNotFound } from '../../pipeline/owned/not-yours.ts';
import { ownerOf, type Principal } from '../../pipeline/principal.ts';
import type { Runtime } from '../../pipeline/runtime.ts';
import { detailBody } from '../detail-routes.ts';
import { type AutoNow, autoNow, credentialOf, principalOf } from './auto-callers.ts';
import { callerOf } from './caller.ts';
import { type ExplainedRequest, explainedRequest } from './explained-request.ts';

/** What the routes about the model `auto` stand on. */
export interface AutoQuestionDeps {
  runtime(): Runtime;
}

/** What would be answered in place of an answer of a model. */
interface ExplainedError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

type Explained = { readonly model: string } & Explanation & { readonly error: ExplainedError | null };

/** Says what a request for `auto` would do. No endpoint is asked, and nothing is charged. */
export function explainRouter(deps: AutoQuestionDeps): Router {
  const router = Router();
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes rejections to the error exit
  router.post('/routing/explain', detailBody, async (request, response) => {
    const asked = explainedRequest(request.body, request.headers);
    const now = await autoNow(deps.runtime());
    response.json(await explained(asked, principalOf(callerOf(request)), now));
  });
  return router;
}

async function explained(asked: ExplainedRequest, principal: Principal, now: AutoNow): Promise<Explained> {
  const { runtime, tools } = now;
  const errors: ExplainedError[] = [];
  const noted = (error: unknown): void => {
    if (!(error instanceof ProxyError)) throw error;
    errors.push({ status: error.status, code: error.code, message: error.message });
  };
  const { credential, pinned } = await chosen(asked, principal, { runtime, noted });
  const pick: ReadPick = await tools.stages.withLearned(
    { ...asked, principal, credentialOf: credential, pinned },
    tools,
  );
  const { classified, question, ranking, refusal } = tools.stages.decide(pick, runtime, tools);
  if (refusal !== undefined) noted(new ProxyError(refusal.code, refusal.message));
  const explanation = explanationOf(classified, question, ranking);
  const [error = null] = errors;
  return { model: AUTO, ...explanation, selected: error === null ? explanation.selected : null, error };
}

interface Noting {
  readonly runtime: Runtime;
  /** Hears why the request would be refused. */
  readonly noted: (error: unknown) => void;
}

/** What a request is bound to besides its body, in the order in which it would be refused. */
async function chosen(
  asked: ExplainedRequest,
  principal: Principal,
  { runtime, noted }: Noting,
): Promise<{ readonly credential: CredentialOf; readonly pinned: string | undefined }> {
  const { holder } = principal;
  try {
    if (holder !== undefined) assertTrial(holder, runtime.clock.now());
  } catch (error) {
    noted(error);
  }
  const pinned = await sourceOf(asked, principal, runtime).catch((error: unknown) => {
    noted(error);
    return undefined;
  });
  try {
    return { pinned, credential: credentialOf(asked.headers, principal, runtime) };
  } catch (error) {
    noted(error);
    return { pinned, credential: systemCredential };
  }
}

/**
 * The model that the request is bound to, because it made the response that is gone on from. Throws ProxyError
 * `previous_response_not_found` for another caller's, `store_unavailable`.
 */
async function sourceOf(
  { operation, body }: ExplainedRequest,
  principal: Principal,
  runtime: Runtime,
): Promise<string | undefined> {
  const id = body['previous_response_id'];
  if (operation !== 'responses' || typeof id !== 'string') return undefined;
  const owner = ownerOf(principal);
  if (runtime.governed !== undefined && owner !== undefined) {
    const found = (await runtime.governed.owners.find([id])).get(id);
    if (found?.owner !== owner) throw previousResponseNotFound(id);
  }
  return modelOfResponse(id, runtime);
}
