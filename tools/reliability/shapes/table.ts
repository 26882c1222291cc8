import type { ShapeReader } from '../answer.ts';
import { messages } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { chat, responses } from './openai.ts';

/** Protocols of clients. */
export type Shape = 'chat' | 'responses' | 'messages' | 'gemini';

export const READERS: Readonly<Record<Shape, ShapeReader>> = { chat, responses, messages, gemini };
