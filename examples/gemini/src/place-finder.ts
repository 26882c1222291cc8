import { GoogleGenAI, Type } from '@google/genai';

export interface Place {
  readonly city: string;
  readonly population: number;
}

const PLACE = {
  type: Type.OBJECT,
  properties: { city: { type: Type.STRING }, population: { type: Type.INTEGER } },
  required: ['city', 'population'],
};

/** The place that the text speaks of, as JSON of a schema. */
export async function placeOf(text: string): Promise<Place> {
  const { models } = new GoogleGenAI({});
  const config = { responseMimeType: 'application/json', responseSchema: PLACE };
  const { text: json = '' } = await models.generateContent({ model: 'gemini-2.5-flash', contents: text, config });
  return JSON.parse(json) as Place;
}

/** The answer as it is written, piece by piece. */
export async function* tell(question: string): AsyncGenerator<string> {
  const { models } = new GoogleGenAI({});
  for await (const chunk of await models.generateContentStream({ model: 'gemini-2.5-flash', contents: question })) {
    yield chunk.text ?? '';
  }
}
