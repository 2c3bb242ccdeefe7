/** What a project holds, checked: the contract carries it as plain JSON, the editor wants it typed. Pure. */
import * as v from 'valibot';
import { emptyDocument, modelDocumentSchema, type ModelDocument } from '../../../compute/graph/model-document';
import { defaultTrainingSettings, trainingSettingsSchema, type TrainingSettings } from '../../../compute/graph/training-settings';
import type { ContractRequest } from '../../../main/contract/contract';

export interface Position {
  readonly x: number;
  readonly y: number;
}

export interface ProjectContent {
  readonly document: ModelDocument;
  readonly training: TrainingSettings;
  readonly dataset: { readonly id: string };
  /** Positions of nodes on the canvas, by id; a node without one is laid out. */
  readonly layout: Readonly<Record<string, Position>>;
  /** What the network begins with instead of weights drawn from the seed: a file of the project, and where it came from. */
  readonly weights?: { readonly file: string; readonly source: string };
}

const contentSchema = v.object({
  document: modelDocumentSchema,
  training: trainingSettingsSchema,
  dataset: v.object({ id: v.string() }),
  layout: v.record(v.string(), v.object({ x: v.number(), y: v.number() })),
  weights: v.exactOptional(v.object({ file: v.string(), source: v.string() })),
});

export type WireContent = ContractRequest<'projects.create'>['content'];

/** The content, or what does not fit, in the schema's words. */
export function readContent(
  wire: unknown,
): { readonly ok: true; readonly value: ProjectContent } | { readonly ok: false; readonly detail: string } {
  const parsed = v.safeParse(contentSchema, wire);
  if (parsed.success) return { ok: true, value: parsed.output };
  const [issue] = parsed.issues;
  return { ok: false, detail: `${v.getDotPath(issue) ?? ''}: ${issue.message}` };
}

/** As the contract carries it: a copy that nobody edits. */
export const writeContent = (content: ProjectContent): WireContent =>
  structuredClone({
    document: content.document,
    training: content.training,
    dataset: { id: content.dataset.id },
    layout: { ...content.layout },
    ...(content.weights === undefined ? {} : { weights: { ...content.weights } }),
  });

export const emptyContent = (name: string): ProjectContent => ({
  document: emptyDocument(name),
  training: defaultTrainingSettings,
  dataset: { id: 'mnist' },
  layout: {},
});
