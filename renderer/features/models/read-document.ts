/** The document that the system side made of a file, checked: the contract carries it as plain JSON. Pure. */
import * as v from 'valibot';
import { modelDocumentSchema, type ModelDocument } from '../../../compute/graph/model-document';

/** Null for what is none. A file that names its network keeps that name. */
export function readDocument(wire: unknown, name: string): ModelDocument | null {
  const parsed = v.safeParse(modelDocumentSchema, wire);
  if (!parsed.success) return null;
  return { ...parsed.output, name: parsed.output.name === '' ? name : parsed.output.name };
}
