import { asText, objectsIn } from '../content.ts';
import type { DialectContext, DialectRequest, Operation, Reply } from '../reply.ts';
import { isBody } from '../validate.ts';
import type { Body } from '../validate.ts';
import { googleErrorReply } from './errors.ts';
import { MODEL_IN_PATH, missingModel, VERSIONS } from './generate.ts';
import { googleHeaders, JSON_TYPE } from './headers.ts';
import { bareName, geminiModel } from './models.ts';
import { geminiPrompt } from './prompt.ts';
import { readMessage } from './spelling.ts';
import { refusesAs } from './strict.ts';
import { promptTokens, sumOf } from './usage.ts';
import { document } from './wire.ts';

/** What is counted: contents alone, or a whole request. */
function counted(value: Body): Body {
  const { contents, generateContentRequest: whole } = value;
  return isBody(whole) ? whole : { contents: objectsIn(contents) };
}

function handle(request: DialectRequest, context: DialectContext): Reply {
  const name = bareName(request.params['model'] ?? '');
  const unknown = missingModel(name, 'countTokens', request.path, context);
  if (unknown) return googleErrorReply(unknown, context);
  const model = geminiModel(name);
  const asked = counted(readMessage(request.body, 'CountTokensRequest').value);
  const details = promptTokens(asked, geminiPrompt(asked, model, context), model, context);
  const entries = [...details].filter(([, tokens]) => tokens > 0);
  const body = JSON.stringify({
    totalTokens: sumOf(details),
    promptTokensDetails: entries.map(([modality, tokenCount]) => ({ modality, tokenCount })),
  });
  return { kind: 'json', status: 200, headers: googleHeaders(context, JSON_TYPE), body: document(body), tokens: 0 };
}

export const countOperations: readonly Operation[] = VERSIONS.map((version) => ({
  id: 'countTokens',
  family: 'gemini',
  method: 'POST',
  path: `/${version}/models/{model}:countTokens`,
  reads: MODEL_IN_PATH,
  refuses: refusesAs('CountTokensRequest'),
  handle,
}));

/** Text of a content. */
export function contentText(content: unknown): string {
  return isBody(content)
    ? objectsIn(content['parts'])
        .map((part) => asText(part['text']))
        .join('\n')
    : '';
}
