import { modelList as anthropic } from './anthropic/model-list.ts';
import { modelList as gemini } from './gemini/model-list.ts';
import { modelList as openai } from './openai/model-list.ts';
import type { ModelListForm, ProtocolFamily } from './types.ts';

/** How clients of each family read lists of models. */
export const MODEL_LISTS: Readonly<Record<ProtocolFamily, ModelListForm>> = { openai, anthropic, gemini };
