/** The networks that one can start from: resources/templates/*.json, checked like any project. */
import * as v from 'valibot';
import { projectContentSchema, type ContractResponse } from '../contract/contract';
import { checkContent } from './project-file';

type Template = ContractResponse<'templates.list'>[number];

const templateSchema = v.object({ id: v.string(), name: v.string(), description: v.string(), content: projectContentSchema });

// The bundler gives the parsed JSON; the schema says what it is.
const files: Readonly<Record<string, unknown>> = import.meta.glob('../../resources/templates/*.json', { eager: true, import: 'default' });

/** In the order of growing networks, as far as the number of nodes tells. */
export const templates: readonly Template[] = Object.values(files)
  .map((file) => v.parse(templateSchema, file))
  .map((template) => ({ ...template, content: checkContent(template.content) }))
  .sort((a, b) => sizeOf(a) - sizeOf(b));

function sizeOf({ content }: Template): number {
  const { document } = content;
  return typeof document === 'object' && document !== null && 'nodes' in document && Array.isArray(document.nodes)
    ? document.nodes.length
    : 0;
}
