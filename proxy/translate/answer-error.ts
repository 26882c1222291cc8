import type { Json, JsonObject } from '../core/json.ts';
import { errorMessage } from '../protocols/openai/completion-chunk.ts';
import { failureOfStep, writeFailure } from './errors.ts';
import { defined, numberOf, objectOf, textOf } from './fields.ts';
import type { Step } from './steps.ts';

type ErrorStep = Extract<Step, { kind: 'error' }>;

/** The step for an error in any form that OpenAI's and compatible servers have: an `error` member (object or text), a flat object. */
export function errorStep(payload: JsonObject | undefined, fallback: string): ErrorStep {
  const error = objectOf(payload?.['error']) ?? payload ?? {};
  const code = error['code'];
  return {
    kind: 'error',
    message: errorMessage(payload) ?? fallback,
    ...(defined({
      type: textOf(error['type']),
      // A number is a status, and no code of OpenAI's.
      code: typeof code === 'string' && !/^\d+$/.test(code) ? code : undefined,
      status: statusOf(code) ?? numberOf(error['status']),
    }) as { type?: string; code?: string; status?: number }),
  };
}

function statusOf(code: Json | undefined): number | undefined {
  const status = typeof code === 'string' && /^\d{3}$/.test(code) ? Number(code) : code;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}

/** The error in the words of OpenAI's families; an endpoint's own code stays. */
export function openAiError(step: ErrorStep): {
  readonly message: string;
  readonly type: string;
  readonly code: string | null;
} {
  const written = objectOf(writeFailure('chat', failureOfStep(step)).body['error']);
  return {
    message: step.message,
    type: textOf(written?.['type']) ?? 'server_error',
    code: step.code ?? textOf(written?.['code']) ?? null,
  };
}
