/** Collection of uploaded files; not OpenAI's, whose ids are others. */
export const FILES = 'anthropic/files';
