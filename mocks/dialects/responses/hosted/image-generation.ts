import { asText } from '../../content.ts';
import { IMAGE_FILES } from '../../images/files.ts';
import type { HostedKind, HostedRun, HostedUse } from './hosted.ts';

const USUAL_SIZE = '1024x1024';

function chosen(value: unknown, automatic: string): string {
  const text = asText(value);
  return text === '' || text === 'auto' ? automatic : text;
}

function run({ asked, definition, ids }: HostedUse): HostedRun {
  const size = /^\d{1,4}x\d{1,4}$/.test(chosen(definition['size'], '')) ? asText(definition['size']) : USUAL_SIZE;
  const [width = 0, height = 0] = size.split('x').map(Number);
  const format = chosen(definition['output_format'], 'png');
  const write = format === 'jpeg' || format === 'webp' ? IMAGE_FILES[format] : IMAGE_FILES.png;
  const image = (text: string): string => write({ text, width, height }).toString('base64');
  const partials = Number(definition['partial_images'] ?? 0);
  const value = {
    id: ids('ig'),
    type: 'image_generation_call',
    status: 'completed',
    background: chosen(definition['background'], 'opaque'),
    output_format: format,
    quality: chosen(definition['quality'], 'high'),
    result: image(asked),
    revised_prompt: asked,
    size,
  };
  return {
    outputs: [{ value, partialImages: Array.from({ length: partials }, (_, at) => image(`${asked}, partial ${at}`)) }],
  };
}

export const imageGeneration: HostedKind = {
  keywords: ['image', 'picture', 'draw', 'paint', 'photo', 'illustrat', 'logo', 'sketch', 'icon'],
  byClient: () => false,
  run,
};
