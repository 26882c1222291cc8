import {
  ApiError,
  type Content,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import {
  droppedIn,
  type Asked,
  type ClientFamily,
  type Failed,
  type Finish,
  type Heard,
  type MadeCall,
  type Talk,
} from './client.ts';

const BUDGET = 1_024;

/** generateContent, with `@google/genai`. */
export const googleGemini: ClientFamily = { name: 'Gemini', talk, failure };

function failure(error: unknown): Failed {
  if (error instanceof ApiError) return { status: error.status, message: error.message };
  return { status: undefined, message: String(error) };
}

function talk(url: string, asked: Asked): Talk {
  const client = new GoogleGenAI({ apiKey: 'key-of-the-client', httpOptions: { baseUrl: url } });
  const contents: Content[] = [{ role: 'user', parts: partsOf(asked) }];
  let made: readonly MadeCall[] = [];
  return {
    async ask(): Promise<Heard> {
      const request = { model: asked.model, contents, config: configOf(asked) };
      const chunks: GenerateContentResponse[] = [];
      if (asked.stream)
        for await (const chunk of await client.models.generateContentStream(request)) chunks.push(chunk);
      else chunks.push(await client.models.generateContent(request));
      const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
      contents.push({ role: 'model', parts });
      made = parts.flatMap(({ functionCall }, index) =>
        functionCall
          ? [{ id: functionCall.id ?? `call-${index}`, name: functionCall.name ?? '', args: functionCall.args }]
          : [],
      );
      return heard(chunks, parts, made);
    },
    answer(results) {
      const parts = results.map(({ call, text }): Part => {
        const known = call.id.startsWith('call-') ? {} : { id: call.id };
        return { functionResponse: { ...known, name: call.name, response: { result: text } } };
      });
      contents.push({ role: 'user', parts });
    },
  };
}

function heard(chunks: readonly GenerateContentResponse[], parts: readonly Part[], calls: readonly MadeCall[]): Heard {
  const usage = chunks.findLast(({ usageMetadata }) => usageMetadata)?.usageMetadata;
  const reason = chunks.findLast(({ candidates }) => candidates?.[0]?.finishReason)?.candidates?.[0]?.finishReason;
  return {
    text: parts.map(({ text = '', thought }) => (thought === true ? '' : text)).join(''),
    calls,
    thought: parts.some(({ thought, thoughtSignature }) => thought === true || thoughtSignature !== undefined),
    finish: finishOf(reason, calls),
    input: usage?.promptTokenCount ?? 0,
    output: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
    dropped: droppedIn(chunks[0]?.sdkHttpResponse?.headers?.['x-llmproxy-dropped']),
  };
}

function finishOf(reason: string | undefined, calls: readonly MadeCall[]): Finish {
  if (reason === 'MAX_TOKENS') return 'length';
  if (reason !== 'STOP') return 'other';
  return calls.length > 0 ? 'tools' : 'stop';
}

function partsOf({ prompt, image }: Asked): Part[] {
  const text = { text: prompt };
  return image === undefined ? [text] : [text, { inlineData: { mimeType: 'image/png', data: image } }];
}

const TUNED = { temperature: 0.5, topK: 40, topP: 0.9, seed: 7, presencePenalty: 0.1 };

function configOf({ tools, schema, maxTokens, thinks, tunes, stop, logprobs }: Asked): GenerateContentConfig {
  return {
    ...(tools && {
      tools: [
        {
          functionDeclarations: tools.map(({ name, description, parameters }) => ({
            name,
            description,
            parametersJsonSchema: parameters,
          })),
        },
      ],
    }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(tunes === true ? TUNED : {}),
    ...(stop === undefined ? {} : { stopSequences: [stop] }),
    ...(logprobs === true ? { responseLogprobs: true, logprobs: 2 } : {}),
    ...(thinks === true ? { thinkingConfig: { thinkingBudget: BUDGET, includeThoughts: true } } : {}),
  };
}
