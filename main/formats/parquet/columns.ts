/** The columns of a table in the schema of a Parquet file, images and class names as public data hubs write them, too. */
import type { ColumnKind } from '../table';
import type { ParquetMetadata, SchemaNode } from './metadata';
import { isNumeric } from './values';

export interface ParquetColumn {
  readonly name: string;
  readonly node: SchemaNode;
  /** For problems: `image.bytes`. */
  readonly path: string;
  /** Optional steps that lead to its values. */
  readonly definitions: number;
  readonly values: 'numbers' | 'truths' | 'texts' | 'images';
  /** Of a column of class numbers whose names the file tells. */
  readonly classes: readonly string[] | null;
}

/** A column that cannot be one of a table, and why. */
export interface RefusedColumn {
  readonly name: string;
  readonly code: 'parquet.nested' | 'parquet.column-type';
  readonly values: Readonly<Record<string, string>>;
}

export const kindsOf: Readonly<Record<ParquetColumn['values'], readonly ColumnKind[]>> = {
  numbers: ['numeric', 'categorical', 'boolean', 'text'],
  truths: ['boolean', 'numeric', 'categorical', 'text'],
  texts: ['categorical', 'text', 'numeric', 'boolean'],
  images: ['image'],
};

interface Feature {
  readonly type: string;
  readonly names: readonly string[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mostClasses = 100_000;

/** What the library `datasets` of Hugging Face notes about each column: {"info": {"features": {name: {"_type": …, "names": […]}}}}. */
function featuresOf(notes: ParquetMetadata['notes']): ReadonlyMap<string, Feature> {
  const features = new Map<string, Feature>();
  let note: unknown;
  try {
    note = JSON.parse(notes.get('huggingface') ?? 'null');
  } catch {
    // A note that cannot be read tells nothing; the data stands without it.
    return features;
  }
  const info = isRecord(note) ? note['info'] : null;
  const listed = isRecord(info) ? info['features'] : null;
  if (!isRecord(listed)) return features;
  for (const [name, feature] of Object.entries(listed)) {
    if (!isRecord(feature) || typeof feature['_type'] !== 'string') continue;
    const names: unknown = feature['names'];
    const isList = Array.isArray(names) && names.length <= mostClasses;
    features.set(name, {
      type: feature['_type'],
      names: isList ? names.filter((entry): entry is string => typeof entry === 'string') : [],
    });
  }
  return features;
}

/** The leaf with the bytes of a group of `bytes` and perhaps `path`; null for any other group. */
function imageLeaf({ children }: SchemaNode): SchemaNode | null {
  const names = children.map(({ name }) => name).sort();
  const bytes = children.find(({ name }) => name === 'bytes');
  const isImage = names.join() === 'bytes' || names.join() === 'bytes,path';
  return isImage && bytes?.type === 'BYTE_ARRAY' && children.every(({ repetition, type }) => repetition !== 'repeated' && type !== null)
    ? bytes
    : null;
}

/** Columns of a file, and those that are refused, both in its order. */
export function columnsOf({ root, notes }: ParquetMetadata): {
  readonly columns: readonly ParquetColumn[];
  readonly refused: readonly RefusedColumn[];
} {
  const features = featuresOf(notes);
  const columns: ParquetColumn[] = [];
  const refused: RefusedColumn[] = [];
  for (const node of root.children) {
    const { name, repetition, type, meaning } = node;
    const feature = features.get(name);
    const step = repetition === 'optional' ? 1 : 0;
    const refuseType = (actual: string): void => {
      refused.push({ name, code: 'parquet.column-type', values: { column: name, actual } });
    };
    if (type === null) {
      const leaf = repetition === 'repeated' ? null : imageLeaf(node);
      if (leaf === null) refused.push({ name, code: 'parquet.nested', values: { column: name } });
      else if (feature !== undefined && feature.type !== 'Image') refuseType(feature.type);
      else {
        const definitions = step + (leaf.repetition === 'optional' ? 1 : 0);
        columns.push({ name, node: leaf, path: `${name}.${leaf.name}`, definitions, values: 'images', classes: null });
      }
    } else if (repetition === 'repeated') refused.push({ name, code: 'parquet.nested', values: { column: name } });
    else if (type === 'INT96') refuseType('INT96');
    else if (meaning.kind === 'other') refuseType(meaning.name);
    else if (type === 'FIXED_LEN_BYTE_ARRAY' && !isNumeric(node)) refuseType(type);
    else {
      const values = type === 'BOOLEAN' ? 'truths' : isNumeric(node) ? 'numbers' : meaning.kind === 'text' ? 'texts' : 'images';
      const classes = values === 'numbers' && feature?.type === 'ClassLabel' && feature.names.length > 0 ? feature.names : null;
      columns.push({ name, node, path: name, definitions: step, values, classes });
    }
  }
  return { columns, refused };
}
