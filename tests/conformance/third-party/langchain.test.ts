import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inBothPlaces } from './places.ts';

const Recipe = z.object({ title: z.string(), minutes: z.number().int(), steps: z.array(z.string()) });

const weather = tool(() => 'sunny, 21 degrees', {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: z.object({ city: z.string() }),
});

/** `endTokens`: Responses counts the end of its message, chat does not. */
function generation(model: ChatOpenAI, endTokens: number): void {
  test('invoke gives the text and its usage', async () => {
    const answer = await model.invoke('What is the capital of France?');
    expect(answer.text).toBe('Paris');
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 1 + endTokens });
  });

  test('stream gives the same, piece by piece', async () => {
    const pieces: string[] = [];
    for await (const piece of await model.stream('Count from 1 to 5')) pieces.push(piece.text);
    expect(pieces.join('')).toBe('1\n2\n3\n4\n5');
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(3);
  });

  test('a bound tool is called, and its answer read back', async () => {
    const bound = model.bindTools([weather]);
    const question = new HumanMessage('What is the weather in Paris?');
    const asking = await bound.invoke([question]);
    expect(asking.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: expect.any(String) as string } }]);
    const answer: ToolMessage = await weather.invoke(asking.tool_calls![0]!);
    const last = await bound.invoke([question, asking, answer]);
    expect(last.text).toContain('sunny, 21 degrees');
    expect(last.tool_calls).toEqual([]);
  });

  test('a structured answer fits its schema', async () => {
    const recipe = await model.withStructuredOutput(Recipe, { name: 'recipe' }).invoke('a recipe');
    expect(Recipe.safeParse(recipe).success).toBe(true);
  });
}

inBothPlaces((baseURL) => {
  const common = { model: 'gpt-4o-mini', apiKey: 'sk-test', maxRetries: 0, configuration: { baseURL } };

  describe('LangChain over chat completions', () => generation(new ChatOpenAI(common), 0));
  describe('LangChain over responses', () => generation(new ChatOpenAI({ ...common, useResponsesApi: true }), 1));

  test('LangChain: embeddings of documents and of a query are equal for equal texts', async () => {
    const embeddings = new OpenAIEmbeddings({ ...common, model: 'text-embedding-3-small' });
    const [a, b] = await embeddings.embedDocuments(['a', 'b']);
    expect(await embeddings.embedQuery('a')).toEqual(a);
    expect(a).toHaveLength(1536);
    expect(b).not.toEqual(a);
  });
});
