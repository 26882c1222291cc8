import { ApiError, FunctionCallingConfigMode, GoogleGenAI, HarmCategory, Type } from '@google/genai';
import type { Content, FunctionDeclaration, GenerateContentResponse } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { bedForFile } from './bed.ts';

const bed = bedForFile({ jobStageMs: 0 });

function client(over: { apiKey?: string; baseUrl?: string } = {}): GoogleGenAI {
  const { apiKey = 'key', baseUrl = bed.mock.url } = over;
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
}

const weather: FunctionDeclaration = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
};
const MODELS = ['gemini-2.0-flash', 'gemini-2.5-flash', 'gemini-3-flash-preview'];

async function chunksOf(stream: AsyncGenerator<GenerateContentResponse>): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe.each(MODELS)('%s', (model) => {
  test('generateContent gives a text, its end and a usage that adds up', async () => {
    const answer = await client().models.generateContent({ model, contents: 'What is the capital of France?' });
    expect(answer.text).toBe('Paris');
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    expect(answer.modelVersion).toBe(model);
    expect(answer.responseId).toMatch(/^[\w-]{22,23}$/);
    const usage = answer.usageMetadata!;
    expect(usage.promptTokenCount).toBe(model === 'gemini-2.0-flash' ? 7 : 8);
    expect(usage.totalTokenCount).toBe(
      usage.promptTokenCount! + usage.candidatesTokenCount! + (usage.thoughtsTokenCount ?? 0),
    );
  });

  test('generateContentStream gives the same text and usage in whole answers', async () => {
    const contents =
      'Say exactly: one two three four five six seven eight nine ten, one two three four five six seven eight nine ten, one two three four five six seven eight nine ten';
    const whole = await client().models.generateContent({ model, contents });
    const chunks = await chunksOf(await client().models.generateContentStream({ model, contents }));
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.map(({ text }) => text ?? '').join('')).toBe(whole.text);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    expect(chunks.filter(({ candidates }) => candidates?.[0]?.finishReason !== undefined)).toHaveLength(1);
    expect(new Set(chunks.map(({ responseId }) => responseId)).size).toBe(1);
  });

  test('a chat calls functions in parallel, gives back the signatures, and reads the results', async () => {
    await bed.mock.strictness('openai');
    const chat = client().chats.create({ model, config: { tools: [{ functionDeclarations: [weather] }] } });
    const asked = await chat.sendMessage({ message: 'What is the weather in Paris and in London?' });
    expect(asked.functionCalls?.map(({ name, args }) => [name, args])).toEqual([
      ['get_weather', { city: 'Paris' }],
      ['get_weather', { city: 'London' }],
    ]);
    expect(asked.candidates?.[0]?.finishReason).toBe('STOP');
    const results = asked.functionCalls!.map(({ id, name, args }) => ({
      functionResponse: {
        ...(id === undefined ? {} : { id }),
        name: name!,
        response: { output: `sunny in ${String(args!['city'])}` },
      },
    }));
    const answer = await chat.sendMessage({ message: results });
    expect(answer.text).toContain('sunny in Paris');
    expect(answer.text).toContain('sunny in London');
    const third = await chat.sendMessage({ message: 'What is 2+2?' });
    expect(third.text).toBe('4');
  });

  test('a streamed chat keeps its history, signatures included', async () => {
    await bed.mock.strictness('openai');
    const chat = client().chats.create({ model, config: { tools: [{ functionDeclarations: [weather] }] } });
    const first = await chunksOf(await chat.sendMessageStream({ message: 'What is the weather in Paris?' }));
    const calls = first.flatMap(({ functionCalls }) => functionCalls ?? []);
    expect(calls.map(({ name }) => name)).toEqual(['get_weather']);
    const { id, name } = calls[0]!;
    const result = {
      functionResponse: { ...(id === undefined ? {} : { id }), name: name!, response: { output: 'rain' } },
    };
    const second = await chunksOf(await chat.sendMessageStream({ message: [result] }));
    expect(second.map(({ text }) => text ?? '').join('')).toContain('rain');
    expect(chat.getHistory(true).length).toBeGreaterThanOrEqual(4);
    const third = await chat.sendMessage({ message: 'What is 2+2?' });
    expect(third.text).toBe('4');
  });

  test('structured output fits a schema in upper case, a JSON Schema, and an enum', async () => {
    const contents = 'A recipe for pancakes';
    const schema = {
      type: Type.OBJECT,
      properties: { title: { type: Type.STRING }, minutes: { type: Type.INTEGER, minimum: 1 } },
      required: ['title', 'minutes'],
      propertyOrdering: ['minutes', 'title'],
    };
    const { models } = client();
    const one = await models.generateContent({
      model,
      contents,
      config: { responseMimeType: 'application/json', responseSchema: schema },
    });
    const made = JSON.parse(one.text!) as object;
    expect(Object.keys(made)).toEqual(['minutes', 'title']);
    expect(made).toEqual({ minutes: expect.any(Number), title: expect.any(String) });
    const two = await models.generateContent({
      model,
      contents,
      config: {
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
      },
    });
    expect(JSON.parse(two.text!)).toEqual({ ok: expect.any(Boolean) });
    const three = await models.generateContent({
      model,
      contents: 'Is this positive or negative: I love it',
      config: {
        responseMimeType: 'text/x.enum',
        responseSchema: { type: Type.STRING, enum: ['positive', 'negative'] },
      },
    });
    expect(three.text).toBe('positive');
  });
});

describe('function calling modes', () => {
  const other: FunctionDeclaration = { ...weather, name: 'get_time', description: 'Time of a city' };
  const ask = (mode: FunctionCallingConfigMode, allowedFunctionNames?: string[]) =>
    client().models.generateContent({
      model: 'gemini-2.5-flash',
      contents: 'What is the weather in Paris?',
      config: {
        tools: [{ functionDeclarations: [weather, other] }],
        toolConfig: { functionCallingConfig: { mode, ...(allowedFunctionNames ? { allowedFunctionNames } : {}) } },
      },
    });

  test('AUTO calls what fits, NONE calls nothing, ANY calls one of those allowed', async () => {
    const names = ({ functionCalls }: GenerateContentResponse) => functionCalls?.map(({ name }) => name);
    expect(names(await ask(FunctionCallingConfigMode.AUTO))).toEqual(['get_weather']);
    expect(names(await ask(FunctionCallingConfigMode.NONE))).toBeUndefined();
    expect(names(await ask(FunctionCallingConfigMode.ANY, ['get_time']))).toEqual(['get_time']);
  });

  test('the SDK calls functions by itself until there is a text', async () => {
    const asked: unknown[] = [];
    const callable = {
      tool: () => Promise.resolve({ functionDeclarations: [weather] }),
      callTool: (calls: { id?: string; name?: string; args?: unknown }[]) => {
        asked.push(...calls.map(({ args }) => args));
        return Promise.resolve(
          calls.map(({ id, name }) => ({
            functionResponse: { ...(id ? { id } : {}), name: name!, response: { output: 'snow' } },
          })),
        );
      },
    };
    const answer = await client().models.generateContent({
      model: 'gemini-3-flash-preview',
      contents: 'What is the weather in Paris?',
      config: { tools: [callable] },
    });
    expect(asked).toEqual([{ city: 'Paris' }]);
    expect(answer.text).toContain('snow');
  });
});

describe('thinking', () => {
  test('thoughts are shown when asked for, and none are had without a budget', async () => {
    const shown = await client().models.generateContent({
      model: 'gemini-2.5-flash',
      contents: 'What is 2+2?',
      config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } },
    });
    const parts = shown.candidates![0]!.content!.parts!;
    expect(parts.map(({ thought }) => thought === true)).toEqual([true, false]);
    expect(shown.text).toBe('4');
    expect(shown.usageMetadata?.thoughtsTokenCount).toBe(128);
    const none = await client().models.generateContent({
      model: 'gemini-2.5-flash',
      contents: 'What is 2+2?',
      config: { thinkingConfig: { thinkingBudget: 0 } },
    });
    expect(none.usageMetadata?.thoughtsTokenCount).toBeUndefined();
  });

  test('a limit that thinking uses up leaves no text', async () => {
    const cut = await client().models.generateContent({
      model: 'gemini-2.5-pro',
      contents: 'Hello',
      config: { maxOutputTokens: 20 },
    });
    expect(cut.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    expect(cut.candidates?.[0]?.content).toEqual({ role: 'model' });
    expect(cut.usageMetadata?.candidatesTokenCount).toBeUndefined();
  });

  const history = (signature: string | undefined): Content[] => [
    { role: 'user', parts: [{ text: 'What is the weather in Paris?' }] },
    {
      role: 'model',
      parts: [
        {
          functionCall: { name: 'get_weather', args: { city: 'Paris' } },
          ...(signature === undefined ? {} : { thoughtSignature: signature }),
        },
      ],
    },
    { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { output: 'fog' } } }] },
  ];
  const loop = (contents: Content[], model = 'gemini-3-flash-preview') =>
    client().models.generateContent({ model, contents, config: { tools: [{ functionDeclarations: [weather] }] } });

  test('a lost signature is refused by models from 3 on, the stand-in is taken, a foreign one never', async () => {
    await bed.mock.strictness('openai');
    await expect(loop(history(undefined))).rejects.toThrow(/missing a thought_signature.*default_api:get_weather/);
    expect((await loop(history(undefined), 'gemini-2.5-flash')).text).toContain('fog');
    expect((await loop(history('skip_thought_signature_validator'))).text).toContain('fog');
    await bed.mock.strictness('off');
    expect((await loop(history(undefined))).text).toContain('fog');
    await expect(loop(history('Zm9yZWlnbg=='))).rejects.toThrow('Corrupted thought signature.');
  });

  test('a signature is good for its call, model and tenant only', async () => {
    const asked = await client().models.generateContent({
      model: 'gemini-3-flash-preview',
      contents: 'What is the weather in Paris?',
      config: { tools: [{ functionDeclarations: [weather] }] },
    });
    const signature = asked.candidates![0]!.content!.parts![0]!.thoughtSignature!;
    expect((await loop(history(signature))).text).toContain('fog');
    await expect(loop(history(signature), 'gemini-3-pro-preview')).rejects.toThrow('Corrupted');
    const changed = history(signature);
    changed[1]!.parts![0]!.functionCall!.args = { city: 'Rome' };
    await expect(loop(changed)).rejects.toThrow('Corrupted');
    const elsewhere = client({ baseUrl: `${bed.mock.url}/t/other` });
    await expect(
      elsewhere.models.generateContent({ model: 'gemini-3-flash-preview', contents: history(signature) }),
    ).rejects.toThrow('Corrupted');
  });
});

describe('settings', () => {
  const ask = (config: object, contents = 'Count from 1 to 5') =>
    client().models.generateContent({ model: 'gemini-2.5-flash', contents, config });

  test('stop sequences, limits, candidates and log probabilities', async () => {
    expect((await ask({ stopSequences: ['3'] })).text).toBe('1\n2\n');
    const cut = await ask({ maxOutputTokens: 3, thinkingConfig: { thinkingBudget: 0 } });
    expect([cut.text, cut.candidates?.[0]?.finishReason]).toEqual(['1\n2', 'MAX_TOKENS']);
    const several = await ask({ candidateCount: 2 });
    expect(several.candidates?.map(({ index }) => index)).toEqual([0, 1]);
    const likely = await ask({ responseLogprobs: true, logprobs: 2 });
    const { chosenCandidates, topCandidates } = likely.candidates![0]!.logprobsResult!;
    expect(chosenCandidates?.map(({ token }) => token).join('')).toBe('1\n2\n3\n4\n5');
    expect(topCandidates?.[0]?.candidates).toHaveLength(2);
  });

  test('a system instruction is heard', async () => {
    const answer = await ask({ systemInstruction: 'Always answer with exactly "pong"' }, 'ping');
    expect(answer.text).toBe('pong');
  });

  test('a search grounds the answer, and code is run', async () => {
    const found = await ask({ tools: [{ googleSearch: {} }] }, 'Search the web for the latest news about llamas');
    const grounding = found.candidates![0]!.groundingMetadata!;
    expect(grounding.webSearchQueries).toHaveLength(1);
    expect(grounding.groundingSupports?.[0]?.segment?.endIndex).toBe(Buffer.byteLength(found.text!));
    expect(found.usageMetadata?.toolUsePromptTokenCount).toBeGreaterThan(0);
    const run = await ask({ tools: [{ codeExecution: {} }] }, 'Calculate 17 * 23 with python code');
    expect(run.executableCode).toContain('17 * 23');
    expect(run.codeExecutionResult).toBe('391\n');
  });

  test('what a filter blocked has ratings and no text', async () => {
    await bed.mock.answer({ answer: { text: '', finishReason: 'content_filter' } });
    const blocked = await ask({});
    expect(blocked.candidates?.[0]).toMatchObject({ finishReason: 'SAFETY', content: {} });
    expect(blocked.candidates?.[0]?.safetyRatings?.find(({ blocked: one }) => one)?.category).toBe(
      HarmCategory.HARM_CATEGORY_DANGEROUS_CONTENT,
    );
  });
});

test.each([
  ['a refusal of the filter', { refusal: 'no', finishReason: 'content_filter' }],
  ['an error of the filter', { error: { status: 400, code: 'content_filter' } }],
] as const)('%s blocks the prompt: an answer without candidates, streamed or not', async (_name, answer) => {
  await bed.mock.script({ rules: [{ answer }] });
  const asked = { model: 'gemini-2.5-flash', contents: 'What is the capital of France?' };
  const blocked = await client().models.generateContent(asked);
  expect(blocked.candidates).toBeUndefined();
  expect(blocked.promptFeedback).toEqual({ blockReason: 'PROHIBITED_CONTENT' });
  expect(blocked.usageMetadata).toMatchObject({ promptTokenCount: 8, totalTokenCount: 8 });
  const [chunk, ...others] = await chunksOf(await client().models.generateContentStream(asked));
  expect(others).toEqual([]);
  expect(chunk?.promptFeedback).toEqual(blocked.promptFeedback);
});

describe('errors', () => {
  const ask = (model = 'gemini-2.5-flash', contents: Content[] | string = 'Hi', config = {}) =>
    client().models.generateContent({ model, contents, config });

  test('a failure has its status and the words of google.rpc', async () => {
    const failed: unknown = await ask('gemini-2.5-flash!overloaded').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ApiError);
    expect((failed as ApiError).status).toBe(503);
    expect(JSON.parse((failed as ApiError).message)).toEqual({
      error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' },
    });
  });

  test('a rate limit tells its pause in the body alone', async () => {
    await bed.mock.limit({ rpm: 1 });
    await ask();
    const failed: unknown = await ask().catch((error: unknown) => error);
    const { error } = JSON.parse((failed as ApiError).message) as { error: { status: string; details: object[] } };
    expect(error.status).toBe('RESOURCE_EXHAUSTED');
    expect(error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: expect.stringMatching(/^\d+s$/),
    });
  });

  test('a stream that fails in the middle throws with its status', async () => {
    const long = 'word '.repeat(100);
    const stream = await client().models.generateContentStream({
      model: 'gemini-2.5-flash!error-mid;after=1',
      contents: `Say exactly: ${long}`,
    });
    await expect(chunksOf(stream)).rejects.toMatchObject({ status: 500 });
  });

  test('strictly, unknown fields, wrong turns and wrong values are refused in the words of the provider', async () => {
    await bed.mock.strictness('spec');
    const user = { role: 'user', parts: [{ text: 'Hi' }] };
    const call = {
      role: 'model',
      parts: [{ functionCall: { name: 'a', args: {} } }, { functionCall: { name: 'b', args: {} } }],
    };
    const result = { role: 'user', parts: [{ functionResponse: { name: 'a', response: {} } }] };
    await expect(ask('gemini-2.5-flash', [user, call, result])).rejects.toThrow(/number of function response parts/);
    await expect(ask('gemini-2.5-flash', [call, result])).rejects.toThrow(/immediately after a user turn/);
    await expect(ask('gemini-2.5-flash', [{ role: 'assistant', parts: [{ text: 'x' }] }])).rejects.toThrow(
      /valid role/,
    );
    await expect(ask('gemini-2.5-flash', 'Hi', { temperature: 3 })).rejects.toThrow(/temperature value of 3/);
    const response = await fetch(`${bed.mock.url}/v1beta/models/gemini-2.5-flash:generateContent`, {
      method: 'POST',
      body: JSON.stringify({ contents: [user], generationConfig: { maxTokens: 3 } }),
    });
    expect(await response.json()).toEqual({
      error: {
        code: 400,
        message: `Invalid JSON payload received. Unknown name "maxTokens" at 'generation_config': Cannot find field.`,
        status: 'INVALID_ARGUMENT',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.BadRequest',
            fieldViolations: [
              {
                field: 'generation_config',
                description: `Invalid JSON payload received. Unknown name "maxTokens" at 'generation_config': Cannot find field.`,
              },
            ],
          },
        ],
      },
    });
  });
});
