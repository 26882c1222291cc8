import { pictureOf } from '../../../generation/picture.ts';
import type { Picture } from '../../../generation/picture.ts';
import { asText } from '../../content.ts';
import { jpeg } from '../../images/jpeg.ts';
import { png } from '../../images/png.ts';
import { webp } from '../../images/webp.ts';
import type { HostedKind, HostedRun, HostedUse } from './hosted.ts';

const FORMATS: Readonly<Record<string, (picture: Picture) => Buffer>> = { png, jpeg, webp };
const USUAL_SIZE = '1024x1024';

function chosen(value: unknown, automatic: string): string {
  const text = asText(value);
  return text === '' || text === 'auto' ? automatic : text;
}

function run({ asked, definition, ids }: HostedUse): HostedRun {
  const size = /^\d{1,4}x\d{1,4}$/.test(chosen(definition['size'], '')) ? asText(definition['size']) : USUAL_SIZE;
  const [width = 0, height = 0] = size.split('x').map(Number);
  const format = chosen(definition['output_format'], 'png');
  const write = FORMATS[format] ?? png;
  // What comes early is coarser.
  const image = (cells?: number): string => write(pictureOf(asked, width, height, cells)).toString('base64');
  const partials = Number(definition['partial_images'] ?? 0);
  const value = {
    id: ids('ig'),
    type: 'image_generation_call',
    status: 'completed',
    background: chosen(definition['background'], 'opaque'),
    output_format: format,
    quality: chosen(definition['quality'], 'high'),
    result: image(),
    revised_prompt: asked,
    size,
  };
  return { outputs: [{ value, partialImages: Array.from({ length: partials }, (_, at) => image(2 ** (at + 1))) }] };
}

export const imageGeneration: HostedKind = {
  keywords: ['image', 'picture', 'draw', 'paint', 'photo', 'illustrat'],
  byClient: () => false,
  run,
};
