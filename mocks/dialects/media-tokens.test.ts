import { describe, expect, test } from 'vitest';
import { chatTokens, question, responsesTokens } from './token-requests.fixture.ts';

describe('media and hosted tools', () => {
  const picture = (width: number, height: number) => {
    const bytes = Buffer.alloc(40);
    bytes.set([0x89, 0x50, 0x4e, 0x47], 0);
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    return `data:image/png;base64,${bytes.toString('base64')}`;
  };
  const inChat = (model: string, width: number, height: number) =>
    chatTokens(model, {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: picture(width, height) } }] }],
    }) - chatTokens(model, { messages: [{ role: 'user', content: '' }] });
  const inResponses = (model: string, width: number, height: number) =>
    responsesTokens(model, {
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: picture(width, height) }] }],
    }) - responsesTokens(model, { input: [{ role: 'user', content: '' }] });

  test.each([
    ['gpt-4o', 200, 300, 255],
    ['gpt-4o', 800, 400, 425],
    ['gpt-4o', 3000, 2000, 1105],
    ['gpt-4o-mini', 1, 1, 8500],
    ['gpt-4.1-mini', 300, 346, 179],
    ['gpt-4.1-nano', 540, 360, 503],
    ['gpt-5.4', 60, 30, 4],
    ['gpt-5-nano', 128, 128, 24],
    ['gpt-5-nano', 239, 178, 72],
    ['gpt-5.6', 512, 149, 102],
  ])('a picture costs %s, %d × %d, %d tokens, as was recorded', (model, width, height, expected) => {
    expect(inChat(model, width, height)).toBe(expected);
  });

  test('a picture costs 2 more in Responses where patches are counted', () => {
    expect(inResponses('gpt-4.1-mini', 300, 346)).toBe(181);
    expect(inResponses('gpt-4o', 200, 300)).toBe(255);
  });

  test('a document costs by its pages', () => {
    const pdf = Buffer.from('%PDF-1.4 /Type /Pages /Type /Page /Type/Page').toString('base64');
    const file = { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` };
    const tokens = (content: unknown) => chatTokens('gpt-4o', { messages: [{ role: 'user', content }] });
    expect(tokens([{ type: 'file', file }]) - tokens('')).toBe(400);
    expect(tokens([{ type: 'file', file: { file_data: 'bm8gcGRm' } }]) - tokens('')).toBe(0);
  });

  test('a search of the web costs where it is offered, and more where it is used', () => {
    const offered = (model: string, type: string) =>
      responsesTokens(model, { input: [question], tools: [{ type }], tool_choice: 'none' }) -
      responsesTokens(model, { input: [question] });
    const used = (model: string, type: string) =>
      responsesTokens(model, { input: 'Search the web for it', tools: [{ type }] }) -
      responsesTokens(model, { input: 'Search the web for it' });
    expect(offered('gpt-4o', 'web_search_preview')).toBe(294);
    expect(used('gpt-4o', 'web_search_preview')).toBe(294);
    expect(offered('gpt-4.1', 'web_search')).toBe(324);
    expect(used('gpt-4.1', 'web_search')).toBe(17_324);
    expect(used('gpt-5.2', 'web_search')).toBe(8200);
  });
});
